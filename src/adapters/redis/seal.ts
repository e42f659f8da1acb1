import type { Generation } from "../../ports/cache-store.ts";

/*
 * How what Redis holds of a key is known again without taking it apart. cache-store.ts says what an entry is.
 */

/** Where an entry says until when it is kept, in bytes. */
export const KEPT_UNTIL_AT = 8;
/** Where its record begins, in bytes. */
export const RECORD_FROM = 16;

/** A record begins with its mark and a checksum over the rest, 8 bytes. */
const SEALED_TO = RECORD_FROM + 8;

/**
 * What tells these entries from any others without reading them: when each was written and ends, its record's mark and
 * checksum, and its length. `undefined` where there is none, or one that has ended or is no entry.
 */
export function sealOf(entries: Readonly<Record<string, Buffer>>, now: number): string | undefined {
  let seal = "";
  for (const [variant, entry] of Object.entries(entries)) {
    if (entry.length <= SEALED_TO || entry.readDoubleBE(KEPT_UNTIL_AT) <= now) return undefined;
    seal += `${variant} ${entry.length} ${entry.toString("latin1", 0, SEALED_TO)}\n`;
  }
  return seal === "" ? undefined : seal;
}

/** True where all tokens are the same, in the same order. */
export function areSame(some: readonly Generation[], others: readonly Generation[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, index) => {
      const other = others[index];
      return other?.hard === one.hard && other.soft === one.soft && other.pending === one.pending;
    })
  );
}
