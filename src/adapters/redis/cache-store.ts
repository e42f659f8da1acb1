import { createHash, randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { StoredResponse } from "../../http/stored-response.ts";
import type { CacheReading, CacheStore } from "../../ports/cache-store.ts";
import { StoreFault } from "../../ports/faults.ts";
import { GENERATION_MS, MAX_KEEP_MS, MAX_VARIANTS, readRecord, writeRecord } from "../record.ts";

/*
 * Stored responses in Redis, shared by all instances:
 *
 *   <prefix>:r:{<SHA-256 of the key>}    hash: variant id -> entry; expires with the last of its variants
 *   <prefix>:g:{<SHA-256 of the name>}   string: the name's generation; expires after GENERATION_MS
 *
 * A Redis that comes back from an older snapshot has forgotten bumps, so a generation is read together with
 * the `run_id` of the server: what was stored under another run is not found (promise P7).
 *
 * An entry is two epoch milliseconds, 8 bytes each (written at, kept until), and a record. Variants
 * share the expiry of their hash, so each carries its own end. Keys are digests: an URL may be long and
 * may hold what is nobody's business. No command names two keys, so a Cluster may spread them.
 */

const KEPT_UNTIL_AT = 8;
const RECORD_FROM = 16;

/** What the store is built with; the connection stays the caller's to end. */
export interface RedisCacheStoreOptions {
  readonly redis: Redis;
  readonly prefix: string;
  /** Told the key of each read that met something which is no record; that has been removed. */
  readonly onDamaged: (key: string) => void;
  /** Epoch milliseconds; absent: the system's clock. */
  readonly now?: () => number;
}

/** A CacheStore for all instances that reach the same Redis (7 or later). @throws StoreFault from every method. */
export function createRedisCacheStore(options: RedisCacheStoreOptions): CacheStore {
  return new RedisCacheStore(options);
}

class RedisCacheStore implements CacheStore {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #onDamaged: (key: string) => void;
  readonly #now: () => number;
  /** The `run_id` behind the connection that there is; one connection has one server at its other end. */
  #run: Promise<string> | undefined;
  readonly #forgetRun = (): void => {
    this.#run = undefined;
  };

  constructor({ redis, prefix, onDamaged, now = Date.now }: RedisCacheStoreOptions) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#onDamaged = onDamaged;
    this.#now = now;
    redis.on("close", this.#forgetRun);
  }

  async read(key: string, names: readonly string[]): Promise<CacheReading> {
    const hash = this.#hashOf(key);
    // Sent at once without waiting for each other: one round trip, and in a Cluster to several nodes.
    const [entries, run, ...generations] = await attempt(
      Promise.all([
        this.#redis.hgetallBuffer(hash),
        this.#runId(),
        ...names.map((name) => this.#redis.get(this.#generationOf(name))),
      ]),
    );
    const { variants, expired, damaged } = this.#sort(entries);
    this.#drop(hash, [...expired, ...damaged]);
    if (damaged.length > 0) this.#onDamaged(key);
    return { variants, generations: generations.map((name) => `${run} ${name ?? ""}`) };
  }

  async write(key: string, response: StoredResponse, keepMs: number): Promise<void> {
    const keptMs = Math.ceil(Math.min(keepMs, MAX_KEEP_MS));
    if (!(keptMs > 0)) return;
    const hash = this.#hashOf(key);
    const replies = await attempt(
      this.#redis
        .multi()
        .hset(hash, response.variant, toEntry(response, this.#now(), keptMs))
        // A new hash has no expiry, which counts as the longest: NX gives it one, GT never shortens one.
        .pexpire(hash, keptMs, "NX")
        .pexpire(hash, keptMs, "GT")
        .hlen(hash)
        .exec(),
    );
    const trouble = replies?.find(([error]) => error !== null)?.[0];
    if (trouble) throw faultOf(trouble);
    if (Number(replies?.at(-1)?.[1]) > MAX_VARIANTS) await this.#trim(hash);
  }

  async remove(key: string): Promise<void> {
    await attempt(this.#redis.unlink(this.#hashOf(key)));
  }

  async bump(names: readonly string[]): Promise<void> {
    await attempt(
      Promise.all(
        names.map((name) =>
          this.#redis.set(this.#generationOf(name), randomUUID(), "PX", GENERATION_MS),
        ),
      ),
    );
  }

  async close(): Promise<void> {
    // The connection is the caller's.
    this.#redis.off("close", this.#forgetRun);
  }

  /** Asked once a connection, since every read needs it. */
  #runId(): Promise<string> {
    this.#run ??= this.#redis.info("server").then(runOf, (error: unknown) => {
      this.#forgetRun();
      throw error;
    });
    return this.#run;
  }

  #hashOf(key: string): string {
    return `${this.#prefix}:r:{${digest(key)}}`;
  }

  #generationOf(name: string): string {
    return `${this.#prefix}:g:{${digest(name)}}`;
  }

  #sort(entries: Record<string, Buffer>): Sorted {
    const sorted: Sorted = { variants: [], expired: [], damaged: [] };
    const now = this.#now();
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
    if (variants.length > 0) this.#redis.hdel(hash, ...variants).catch(() => {});
  }

  async #trim(hash: string): Promise<void> {
    const entries = Object.entries(await attempt(this.#redis.hgetallBuffer(hash)));
    const oldest = entries.toSorted(([, one], [, two]) => writtenAt(one) - writtenAt(two));
    const excess = oldest.slice(0, -MAX_VARIANTS).map(([variant]) => variant);
    if (excess.length > 0) await attempt(this.#redis.hdel(hash, ...excess));
  }
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

/** What is too short to tell goes first. */
function writtenAt(entry: Buffer): number {
  return entry.length < RECORD_FROM ? 0 : entry.readDoubleBE();
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function attempt<Reply>(command: Promise<Reply>): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    throw faultOf(error);
  }
}

/** Without the cause: ioredis puts the command on its errors, and the command holds the response. */
function faultOf(error: unknown): StoreFault {
  return new StoreFault(`The cache in Redis could not be reached: ${String(rootOf(error))}`);
}

/** A transaction that was not run only says so; why is with the command that was refused. */
function rootOf(error: unknown): unknown {
  if (!(error instanceof Error) || !("previousErrors" in error)) return error;
  return Array.isArray(error.previousErrors) ? (error.previousErrors[0] ?? error) : error;
}

/** The id that a server takes anew at each start. */
function runOf(info: string): string {
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? "";
}
