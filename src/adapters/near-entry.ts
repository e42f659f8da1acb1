import { digest } from "./digest.ts";
import type { StoredResponse } from "../http/stored-response.ts";
import type { CacheReading, Generation } from "../ports/cache-store.ts";

/** What an entry costs beside its bodies and fields, and what each name adds; estimates, in bytes. */
const ENTRY_BYTES = 500;
const VARIANT_BYTES = 500;
const NAME_BYTES = 300;

/** A body stands for itself, and for the codings of it that are kept beside it once they were asked for. */
const BODY_COPIES = 2;

/** One reading in the near cache. */
export interface NearEntry {
  readonly reading: CacheReading;
  readonly byName: ReadonlyMap<string, Generation>;
  /** Digests of its key, and of all names that it hangs on, the variants' own included. */
  readonly tags: readonly string[];
  /** When the reading was begun, or found to be the same still, in monotonic milliseconds. */
  since: number;
}

/**
 * The entry of a reading. `undefined` where none of its variants counts, as far as the names that were asked for
 * tell, or a write is under way: what is there is about to change.
 */
export function toEntry(key: string, reading: CacheReading, since: number): NearEntry | undefined {
  const { variants, generations } = reading;
  const byName = new Map(generations.map((generation) => [generation.name, generation]));
  const counts = ({ generations: under }: StoredResponse): boolean =>
    under.every(([name, hard]) => (byName.get(name)?.hard ?? hard) === hard);
  if (generations.some(({ pending }) => pending) || !variants.some(counts)) return undefined;
  const own = variants.flatMap((variant) => variant.generations.map(([name]) => name));
  const tags = [...new Set([key, ...byName.keys(), ...own])].map((text) => digest(text));
  return { reading, byName, tags, since };
}

/** About what an entry takes in memory, in bytes. */
export function bytesOf({ reading, tags }: NearEntry): number {
  const variants = reading.variants.map(
    ({ body, fields, selecting }) =>
      VARIANT_BYTES +
      BODY_COPIES * body.length +
      // What selected it is as long as a client likes.
      [...fields, ...Object.values(selecting)].reduce((sum, field) => sum + field.length, 0),
  );
  return variants.reduce((sum, bytes) => sum + bytes, ENTRY_BYTES + NAME_BYTES * tags.length);
}

/** What is known of each name, or `undefined` where of one nothing is. */
export function allOf(
  names: readonly string[],
  known: (name: string) => Generation | undefined,
): Generation[] | undefined {
  const found = names.map((name) => known(name)).filter((one) => one !== undefined);
  return found.length === names.length ? found : undefined;
}
