import { randomUUID } from "node:crypto";
import { digest } from "../digest.ts";
import { createNearCache } from "../near-cache.ts";
import { MAX_KEEP_MS, MAX_VARIANTS, readRecord, writeRecord } from "../record.ts";
import { attempt } from "./attempt.ts";
import { Bumps, LEASE_MS, MARGIN_MS } from "./bumps.ts";
import { createHolder } from "./holder.ts";
import { Kept } from "./kept.ts";
import { RedisNames } from "./names.ts";
import { channelsOf, writeNote, type Channels } from "./notice.ts";
import { listOf, Script } from "./script.ts";
import type { RedisCommands } from "./commands.ts";
import { areSame, KEPT_UNTIL_AT, RECORD_FROM, sealOf } from "./seal.ts";
import type { News } from "./news.ts";
import type { StoredResponse } from "../../http/stored-response.ts";
import type {
  CacheReading,
  CacheStore,
  CacheUsage,
  Generation,
  Mark,
} from "../../ports/cache-store.ts";
import type { Clock } from "../../ports/clock.ts";

/*
 * Stored responses in Redis, shared by all instances:
 *
 *   <prefix>:r:{<SHA-256 of the key>}    hash: variant id -> entry; expires with the last of its variants
 *
 * Names are names.ts', the bound on all of them is kept.ts'. An entry is two epoch milliseconds, 8 bytes each
 * (written at, kept until), and a record. Variants share the expiry of their hash, so each carries its own end.
 * No command on them names two keys, so a Cluster may spread them.
 */

/** What Redis needs for an entry beside its bytes; an estimate. */
const ENTRY_BYTES = 300;

/** What the store is built with; the connections stay the caller's to end. */
export interface RedisCacheStoreOptions {
  readonly redis: RedisCommands;
  /** Messages of other processes, on another connection. */
  readonly news: News;
  readonly prefix: string;
  /** Bound on all responses in Redis; beyond it the least recently used go. */
  readonly maxBytes: number;
  /** Bound on what this process holds of them in memory; 0: nothing. */
  readonly nearBytes: number;
  /** Told the key of each read that met something which is no record; that has been removed. */
  readonly onDamaged: (key: string) => void;
  readonly clock: Clock;
}

/** A CacheStore for all instances that reach the same Redis (7 or later). @throws StoreFault from every method. */
export function createRedisCacheStore(options: RedisCacheStoreOptions): CacheStore {
  const { redis, prefix, nearBytes, clock } = options;
  const self = randomUUID();
  const names = new RedisNames(redis, prefix);
  const inner = new RedisCacheStore(options, names, self);
  if (nearBytes <= 0) return inner;
  const coherence = createHolder({ ...options, names, self });
  const monotonic = (): number => clock.monotonic();
  return createNearCache({ inner, coherence, maxBytes: nearBytes, monotonic });
}

class RedisCacheStore implements CacheStore {
  readonly #options: RedisCacheStoreOptions;
  readonly #names: RedisNames;
  readonly #self: string;
  readonly #bumps: Bumps;
  readonly #kept: Kept;
  readonly #keep: Script;
  readonly #channels: Channels;
  readonly #looks = new WeakMap<CacheReading, Look>();

  constructor(options: RedisCacheStoreOptions, names: RedisNames, self: string) {
    const { redis, clock, prefix } = options;
    this.#options = options;
    this.#names = names;
    this.#self = self;
    this.#bumps = new Bumps({ ...options, names, self });
    this.#kept = new Kept({ ...options, now: () => clock.now() });
    this.#keep = new Script(redis, [new URL("./kept/keep.lua", import.meta.url)]);
    this.#channels = channelsOf(prefix);
  }

  async read(key: string, names: readonly string[]): Promise<CacheReading> {
    const id = digest(key);
    // Sent at once without waiting for each other: one round trip, and in a Cluster to two nodes.
    const [entries, generations] = await attempt(
      Promise.all([this.#options.redis.hgetallBuffer(this.#hashOf(id)), this.#names.look(names)]),
    );
    const seal = sealOf(entries, this.#options.clock.now());
    const { variants, expired, damaged } = this.#sort(entries);
    this.#drop(this.#hashOf(id), [...expired, ...damaged]);
    if (damaged.length > 0) this.#options.onDamaged(key);
    if (variants.length > 0) this.#kept.use(id);
    const reading = { variants, generations };
    if (seal !== undefined) this.#looks.set(reading, { id, names, seal });
    return reading;
  }

  async confirm(reading: CacheReading): Promise<boolean> {
    const look = this.#looks.get(reading);
    if (!look) return false;
    const { id, names, seal } = look;
    // In the order of read(), and for its reason.
    const [entries, generations] = await attempt(
      Promise.all([this.#options.redis.hgetallBuffer(this.#hashOf(id)), this.#names.look(names)]),
    );
    const same = sealOf(entries, this.#options.clock.now()) === seal;
    if (same) this.#kept.use(id);
    return same && areSame(generations, reading.generations);
  }

  generations(names: readonly string[]): Promise<readonly Generation[]> {
    return this.#names.look(names);
  }

  held(): undefined {
    return undefined;
  }

  glance(): () => boolean {
    // Nothing is held here: each reading asks anew.
    return () => false;
  }

  async write(key: string, response: StoredResponse, keepMs: number): Promise<void> {
    const keptMs = Math.ceil(Math.min(keepMs, MAX_KEEP_MS));
    if (!(keptMs > 0)) return;
    const id = digest(key);
    const { redis, clock, maxBytes } = this.#options;
    const entry = toEntry(response, clock.now(), keptMs);
    if (entry.length + ENTRY_BYTES > maxBytes) {
      // What it cannot replace would be answered again.
      await attempt(redis.hdel(this.#hashOf(id), response.variant));
      await this.#tell(id);
      return;
    }
    const news = [`${this.#self} ${id}`, this.#channels.keys];
    const values = [response.variant, entry, keptMs, MAX_VARIANTS, ...news];
    const [bytes, lastsMs] = listOf(await attempt(this.#keep.run([this.#hashOf(id)], values)));
    const whole = Number(bytes) + ENTRY_BYTES;
    const gone = await this.#kept.count({ id, bytes: whole, endAt: clock.now() + Number(lastsMs) });
    await attempt(Promise.all(gone.map((other) => redis.unlink(this.#hashOf(other)))));
  }

  async remove(key: string): Promise<void> {
    const id = digest(key);
    await attempt(this.#options.redis.unlink(this.#hashOf(id)));
    await Promise.all([this.#tell(id), this.#kept.forget(id)]);
  }

  async mark({ writer, names, forMs }: Mark): Promise<void> {
    if (names.length === 0) return;
    const tags = names.map((name) => digest(name));
    const note = writeNote({ writer: this.#self, ticket: "", tags });
    // A holder may not have heard of a shorter one when that runs out.
    const longEnough = Math.max(forMs, LEASE_MS + MARGIN_MS);
    await this.#names.mark(writer, longEnough, { tags, note, channel: this.#channels.names });
  }

  async unmark({ writer, names }: Pick<Mark, "writer" | "names">): Promise<void> {
    if (names.length > 0)
      await this.#names.unmark(
        writer,
        names.map((name) => digest(name)),
      );
  }

  async bump(names: readonly string[], kind: "hard" | "soft"): Promise<void> {
    if (names.length > 0)
      await this.#bumps.bump(
        names.map((name) => digest(name)),
        kind,
      );
  }

  usage(): Promise<CacheUsage> {
    return this.#kept.usage();
  }

  async close(): Promise<void> {
    // The connections are the caller's.
    this.#names.close();
  }

  #hashOf(id: string): string {
    return `${this.#options.prefix}:r:{${id}}`;
  }

  async #tell(id: string): Promise<void> {
    await attempt(this.#options.redis.publish(this.#channels.keys, `${this.#self} ${id}`));
  }

  #sort(entries: Record<string, Buffer>): Sorted {
    const sorted: Sorted = { variants: [], expired: [], damaged: [] };
    const now = this.#options.clock.now();
    for (const [variant, entry] of Object.entries(entries)) {
      const response = entry.length > RECORD_FROM && readRecord(entry.subarray(RECORD_FROM));
      if (!response || response.variant !== variant) sorted.damaged.push(variant);
      else if (entry.readDoubleBE(KEPT_UNTIL_AT) > now) sorted.variants.push(response);
      else sorted.expired.push(variant);
    }
    return sorted;
  }

  /** Not waited for: what is not dropped now is dropped by a later read, or expires. */
  #drop(hash: string, variants: readonly string[]): void {
    if (variants.length > 0) this.#options.redis.hdel(hash, ...variants).catch(() => {});
  }
}

/** How a reading came about. */
interface Look {
  readonly id: string;
  readonly names: readonly string[];
  readonly seal: string;
}

interface Sorted {
  readonly variants: StoredResponse[];
  readonly expired: string[];
  readonly damaged: string[];
}

function toEntry(response: StoredResponse, now: number, keptMs: number): Buffer {
  const stamps = Buffer.alloc(RECORD_FROM);
  stamps.writeDoubleBE(now);
  stamps.writeDoubleBE(now + keptMs, KEPT_UNTIL_AT);
  return Buffer.concat([stamps, writeRecord(response)]);
}
