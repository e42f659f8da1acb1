import { LRUCache } from "lru-cache";
import { digest } from "./digest.ts";
import { allOf, bytesOf, toEntry, type NearEntry } from "./near-entry.ts";
import type { Coherence, NearContents } from "./coherence.ts";
import type { StoredResponse } from "../http/stored-response.ts";
import type { CacheReading, CacheStore, Generation, Mark, NearUse } from "../ports/cache-store.ts";

/*
 * What a process has read from the store, held in its memory, so that a hot answer costs no trip. It is never
 * staler than the store where it counts:
 *
 * - An entry is a whole reading: variants and generations of one instant. It answers only while the store's
 *   Coherence says that every change of a name has been reported, and whatever hangs on a reported name is
 *   dropped at once. So nobody is answered from before a bump that has returned, in whatever process.
 * - A reading that was begun before a change was reported may be older than the change. So nothing is put in
 *   that was begun before the last report, whatever names that spoke of: reports are rare, and what is not put
 *   in now is put in by the next reading. One counter is all that it takes, and nothing in it can be forgotten.
 * - What this process itself changes is dropped before the store is told, so that `held()` never brings it even
 *   if the store is not reached, and once more when the store has done it, for readings that fell in between.
 * - A variant that another process adds changes no name, but is told of likewise, under the digest of its key:
 *   who waits for the leader of a flight then finds what that brought. Nobody waits for this to be heard, so an
 *   entry answers for RESIDENCE_MS at most.
 * - Readings without a variant that counts, and those with a write under way, are not held: they are about to
 *   change.
 */

/** An entry answers for this long; then the store is asked for what others may have added. */
const RESIDENCE_MS = 2000;

/** One entry takes no more than this part of the whole. */
const LARGEST_PART = 8;

/** Generations that are held by themselves. */
const MOST_NAMES = 10_000;

/** What a near cache is built with. */
export interface NearCacheOptions {
  /** Closed with the near cache. */
  readonly inner: CacheStore;
  readonly coherence: Coherence;
  readonly maxBytes: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** For how long an entry answers before the store is asked again, in milliseconds. Absent: RESIDENCE_MS. */
  readonly residenceMs?: number;
}

/** A CacheStore that answers from memory what it may. @throws StoreFault where it must ask `inner`, as that does. */
export function createNearCache(options: NearCacheOptions): CacheStore {
  return new NearCache(options);
}

class NearCache implements CacheStore, NearContents {
  readonly #inner: CacheStore;
  readonly usage: CacheStore["usage"] = () => this.#inner.usage();
  readonly #coherence: Coherence;
  readonly #monotonic: () => number;
  readonly #residenceMs: number;
  readonly #entries: LRUCache<string, NearEntry>;
  readonly #keysOf = new Map<string, Set<string>>();
  readonly #names: LRUCache<string, { readonly generation: Generation; readonly since: number }>;
  /** The entry that a reading was made from. */
  readonly #origins = new WeakMap<CacheReading, { key: string; entry: NearEntry }>();
  /** Grows with each report of a change. */
  #reports = 0;
  #hits = 0;
  #misses = 0;

  constructor({ inner, coherence, maxBytes, monotonic, ...rest }: NearCacheOptions) {
    this.#inner = inner;
    this.#coherence = coherence;
    this.#monotonic = monotonic;
    this.#residenceMs = rest.residenceMs ?? RESIDENCE_MS;
    this.#entries = new LRUCache({
      maxSize: Math.max(LARGEST_PART, Math.floor(maxBytes)),
      maxEntrySize: Math.max(1, Math.floor(maxBytes / LARGEST_PART)),
      sizeCalculation: bytesOf,
      dispose: (entry, key) => this.#unlink(entry, key),
    });
    this.#names = new LRUCache({ max: MOST_NAMES });
    coherence.follow(this);
  }

  async read(key: string, names: readonly string[]): Promise<CacheReading> {
    // Asked first, since it may drop the entry.
    const entry = this.#coherence.current() ? this.#entries.get(key) : undefined;
    const generations =
      entry && this.#isYoung(entry) && allOf(names, (name) => entry.byName.get(name));
    if (!generations) {
      this.#misses += 1;
      return this.#fetch(key, names);
    }
    this.#hits += 1;
    const reading = { variants: entry.reading.variants, generations };
    this.#origins.set(reading, { key, entry });
    return reading;
  }

  glance(): (reading: CacheReading) => boolean {
    const current = this.#coherence.current();
    return (reading) => current && this.#isHeld(reading);
  }

  async confirm(reading: CacheReading): Promise<boolean> {
    const origin = this.#origins.get(reading);
    if (!origin) return this.#inner.confirm(reading);
    const { key, entry } = origin;
    const reports = this.#reports;
    const since = this.#monotonic();
    const same = await this.#inner.confirm(entry.reading);
    const held = reports === this.#reports && this.#entries.peek(key) === entry;
    // As good as one that has just been read.
    if (same && held) entry.since = since;
    return same;
  }

  get near(): NearUse {
    const { size: entries, calculatedSize: bytes } = this.#entries;
    return { entries, bytes, hits: this.#hits, misses: this.#misses };
  }

  async generations(names: readonly string[]): Promise<readonly Generation[]> {
    if (this.#coherence.current()) {
      const held = allOf(names, (name) => this.#generation(name));
      if (held) return held;
    }
    const reports = this.#reports;
    const since = this.#monotonic();
    const generations = await this.#inner.generations(names);
    if (reports !== this.#reports) return generations;
    for (const generation of generations) {
      if (!generation.pending) this.#names.set(digest(generation.name), { generation, since });
    }
    return generations;
  }

  held(key: string): CacheReading | undefined {
    return this.#entries.get(key)?.reading;
  }

  write(key: string, response: StoredResponse, keepMs: number): Promise<void> {
    return this.#change([key], () => this.#inner.write(key, response, keepMs));
  }

  remove(key: string): Promise<void> {
    return this.#change([key], () => this.#inner.remove(key));
  }

  mark(mark: Mark): Promise<void> {
    return this.#change(mark.names, () => this.#inner.mark(mark));
  }

  unmark(mark: Pick<Mark, "writer" | "names">): Promise<void> {
    return this.#inner.unmark(mark);
  }

  bump(names: readonly string[], kind: "hard" | "soft"): Promise<void> {
    return this.#change(names, () => this.#inner.bump(names, kind));
  }

  async close(): Promise<void> {
    await this.#coherence.close();
    this.clear();
    await this.#inner.close();
  }

  drop(tags: readonly string[]): void {
    this.#reports += 1;
    for (const tag of tags) {
      this.#names.delete(tag);
      for (const key of this.#keysOf.get(tag) ?? []) this.#entries.delete(key);
    }
  }

  clear(): void {
    this.#reports += 1;
    this.#entries.clear();
    this.#names.clear();
  }

  async #fetch(key: string, names: readonly string[]): Promise<CacheReading> {
    const reports = this.#reports;
    const since = this.#monotonic();
    const reading = await this.#inner.read(key, names);
    if (reports === this.#reports) this.#fill(key, reading, since);
    return reading;
  }

  #fill(key: string, reading: CacheReading, since: number): void {
    const entry = toEntry(key, reading, since);
    if (!entry) {
      this.#entries.delete(key);
      return;
    }
    this.#entries.set(key, entry);
    // One that is too large was not taken in.
    if (this.#entries.peek(key) !== entry) return;
    for (const tag of entry.tags) {
      const keys = this.#keysOf.get(tag);
      if (keys) keys.add(key);
      else this.#keysOf.set(tag, new Set([key]));
    }
  }

  #unlink({ tags }: NearEntry, key: string): void {
    for (const tag of tags) {
      const keys = this.#keysOf.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysOf.delete(tag);
    }
  }

  async #change(texts: readonly string[], change: () => Promise<void>): Promise<void> {
    const tags = texts.map((text) => digest(text));
    this.drop(tags);
    try {
      await change();
    } finally {
      this.drop(tags);
    }
  }

  #isHeld(reading: CacheReading): boolean {
    const origin = this.#origins.get(reading);
    if (!origin) return false;
    const { key, entry } = origin;
    const held = this.#entries.get(key) === entry && this.#isYoung(entry);
    if (held) this.#hits += 1;
    return held;
  }

  #generation(name: string): Generation | undefined {
    const held = this.#names.get(digest(name));
    return held && this.#isYoung(held) ? held.generation : undefined;
  }

  #isYoung({ since }: { readonly since: number }): boolean {
    return this.#monotonic() - since < this.#residenceMs;
  }
}
