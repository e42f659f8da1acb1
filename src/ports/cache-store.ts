import type { StoredResponse } from "../http/stored-response.ts";

/**
 * Keeps responses under opaque keys, over all instances. Names (paths, prefixes, groups) have
 * generations: a response counts only while every hard generation that it was requested under is still the
 * current one, and is fresh only while every soft one is.
 */
export interface CacheStore {
  /** The variants under `key` and the current generation of each name, in the order asked, in one round trip. */
  read(key: string, names: readonly string[]): Promise<CacheReading>;
  /** The current generation of each name, in the order asked. */
  generations(names: readonly string[]): Promise<readonly Generation[]>;
  /**
   * What this process holds of `key` by itself, whatever others may have changed since: for the time when the
   * store is out of reach. `undefined` where it holds nothing.
   */
  held(key: string): CacheReading | undefined;
  /**
   * Looks once whether what this process holds is current, and tells by that of any reading of this process whether
   * `read` would bring the same: then it need not be called. What it says holds for whoever had asked before the call,
   * until the caller gives way to other work. Asks nobody and never throws; false where nothing is known.
   */
  glance(): (reading: CacheReading) => boolean;
  /**
   * Asks the store whether `read` would bring what this reading, of this process, brought: cheaper, since nothing is
   * taken apart again. False where that cannot be told so. @throws StoreFault
   */
  confirm(reading: CacheReading): Promise<boolean>;
  /** Adds one variant; one with the same `variant` id is replaced. Kept for `keepMs`, then forgotten. */
  write(key: string, response: StoredResponse, keepMs: number): Promise<void>;
  /** Forgets all variants under `key`. */
  remove(key: string): Promise<void>;
  /**
   * Tells that `writer` is about to change what the names stand for: their generations are `pending` until it is
   * done. Marks that nobody takes back within `forMs` invalidate their names, as `bump(names, "hard")` does.
   */
  mark(mark: Mark): Promise<void>;
  /** Takes a writer's marks back, without invalidating anything. */
  unmark(mark: Pick<Mark, "writer" | "names">): Promise<void>;
  /**
   * Gives each name a hard or a soft generation it never had. On return no reader in any process is answered
   * from an older one, what processes hold in memory included.
   */
  bump(names: readonly string[], kind: "hard" | "soft"): Promise<void>;
  /** What is stored at present, over all instances, expired ones that are not cleared away yet included. @throws StoreFault */
  usage(): Promise<CacheUsage>;
  close(): Promise<void>;
  /** What this process holds of it in memory; absent: nothing. */
  readonly near?: NearUse;
}

/** How the memory in front of a store is used. */
export interface NearUse {
  readonly entries: number;
  readonly bytes: number;
  /** Reads that it answered, and those that went to the store, since the start of this process. */
  readonly hits: number;
  readonly misses: number;
}

/** What stored responses take. */
export interface CacheUsage {
  /** URLs of which something is stored. */
  readonly responses: number;
  readonly bytes: number;
}

/** What one look into the store brings. */
export interface CacheReading {
  readonly variants: readonly StoredResponse[];
  readonly generations: readonly Generation[];
}

/** Where one name stands. */
export interface Generation {
  readonly name: string;
  /**
   * Opaque: another one after the name was bumped, and after the store may have lost that it was. With an older
   * one a response is not there any more.
   */
  readonly hard: string;
  /** The same for a mere loss of freshness: with an older one a response is stale. */
  readonly soft: string;
  /** A write is under way: what is fetched meanwhile must not be stored. */
  readonly pending: boolean;
}

/** The announcement of a write. */
export interface Mark {
  readonly writer: string;
  readonly names: readonly string[];
  readonly forMs: number;
}
