import { numberIn, type Book } from "./book.ts";
import { policyHash } from "./inner.ts";

/*
 * Whether a pause holds: of the whole upstream, or of one policy.
 *
 *   state, policy:<name>  hash  pausedUntil (0: no pause)  pausedAt  backOff
 *   state                 hash  probe ("" or the probe's ticket)
 *   paused                hash  <policy> -> its probe, or "": each that a pause holds, or whose probe is awaited
 *
 * A pause that has run out stays a pause until its probe was answered.
 */

/** Where the ledger stands towards a pause. */
export type PauseState =
  | { readonly kind: "open" }
  | { readonly kind: "paused"; readonly until: number }
  | { readonly kind: "probing"; readonly underWay: boolean };

/** The hash that a pause stands in; without a policy the upstream's. */
export function pauseHash(policy?: string): string {
  return policy === undefined ? "state" : policyHash(policy);
}

/** Judges the pause as of now. */
export function pauseState(book: Book, policy?: string): PauseState {
  const until = numberIn(book, pauseHash(policy), "pausedUntil");
  if (until === 0) return { kind: "open" };
  if (book.now < until) return { kind: "paused", until };
  return { kind: "probing", underWay: probe(book, policy) !== "" };
}

/** The ticket that probes, `""` where none does. */
export function probe(book: Book, policy?: string): string {
  const [hash, field] = policy === undefined ? ["state", "probe"] : ["paused", policy];
  return book.tables.read(hash, field) ?? "";
}

/** Makes a ticket the probe. */
export function setProbe(book: Book, ticket: string, policy?: string): void {
  if (policy === undefined) book.tables.write("state", "probe", ticket);
  else book.tables.write("paused", policy, ticket);
}

/** The policies, beside the upstream (`undefined`) itself, whose probe a ticket is. */
export function probesFor(book: Book, ticket: string): readonly (string | undefined)[] {
  const inner = book.tables.entries("paused").filter(([, prober]) => prober === ticket);
  const scopes = inner.map(([policy]) => policy);
  return probe(book) === ticket ? [undefined, ...scopes] : scopes;
}
