import type { StoredResponse } from "../http/stored-response.ts";

/**
 * Keeps responses under opaque keys, over all instances. Names (groups, URLs) have generations: a
 * response counts only while every generation it was requested under is still the current one.
 */
export interface CacheStore {
  /** The variants under `key` and the current generation of each name, in the order asked, in one round trip. */
  read(key: string, names: readonly string[]): Promise<CacheReading>;
  /** Adds one variant; one with the same `variant` id is replaced. Kept for `keepMs`, then forgotten. */
  write(key: string, response: StoredResponse, keepMs: number): Promise<void>;
  /** Forgets all variants under `key`. */
  remove(key: string): Promise<void>;
  /** Gives each name a generation it never had; on return no reader sees an older one. */
  bump(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What one look into the store brings. */
export interface CacheReading {
  readonly variants: readonly StoredResponse[];
  /**
   * One for each name asked, opaque: another one after the name was bumped, and after the store may have lost
   * that it was.
   */
  readonly generations: readonly string[];
}
