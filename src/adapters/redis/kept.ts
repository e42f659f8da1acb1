import { LRUCache } from "lru-cache";
import { attempt } from "./attempt.ts";
import { Script, textsOf } from "./script.ts";
import type { RedisCommands } from "./commands.ts";
import type { CacheUsage } from "../../ports/cache-store.ts";

/*
 * What all stored responses take in Redis, and which go when that is too much. The index lies in one slot,
 * the responses in many, so an index entry and its response are not changed at once: where a process dies in
 * between, or two meet, the index counts too much for a while (until the response's end) or a response is lost,
 * which costs a miss. It never counts too little but for a write whose process died before it was counted.
 *
 *   <prefix>:{kept}:bytes|use|end|total   what kept/count.lua says
 */

/** Responses looked at in one call of the script, which blocks Redis. */
const BATCH = 64;

/** A read moves a response's last use only when that is older than this: most reads then write nothing. */
const USE_STEP_MS = 60_000;

/** Responses whose last use a process remembers having moved. */
const MOST_REMEMBERED = 10_000;

/** What the index is built with. */
export interface KeptOptions {
  readonly redis: RedisCommands;
  readonly prefix: string;
  readonly maxBytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** One response's place in the index. */
export interface KeptResponse {
  readonly id: string;
  readonly bytes: number;
  /** Epoch milliseconds at which Redis drops it by itself. */
  readonly endAt: number;
}

/** The index of stored responses, by use and by end. @throws StoreFault. */
export class Kept {
  readonly #options: KeptOptions;
  readonly #count: Script;
  readonly #keys: string[];
  readonly #used = new LRUCache<string, number>({ max: MOST_REMEMBERED });

  constructor(options: KeptOptions) {
    this.#options = options;
    this.#count = new Script(options.redis, [new URL("./kept/count.lua", import.meta.url)]);
    const parts = ["bytes", "use", "end", "total"];
    this.#keys = parts.map((part) => `${options.prefix}:{kept}:${part}`);
  }

  /** Counts a response; brings the ids of those that must go for it, which count no more. */
  async count(response: KeptResponse): Promise<string[]> {
    const gone = await this.#run(response);
    for (let more = gone; more.length === BATCH;) {
      more = await this.#run({ id: "", bytes: 0, endAt: 0 });
      gone.push(...more);
    }
    return gone;
  }

  /** A response was removed. */
  async forget(id: string): Promise<void> {
    await this.#run({ id, bytes: 0, endAt: 0 });
  }

  /** What is counted at present. */
  async usage(): Promise<CacheUsage> {
    const [, use = "", , total = ""] = this.#keys;
    const { redis } = this.#options;
    const [responses, bytes] = await attempt(Promise.all([redis.zcard(use), redis.get(total)]));
    return { responses, bytes: Number(bytes ?? 0) };
  }

  /** A response was read. Not waited for: what is not noted now is noted by a later read. */
  use(id: string): void {
    const now = this.#options.now();
    if (now - (this.#used.get(id) ?? Number.NEGATIVE_INFINITY) < USE_STEP_MS) return;
    this.#used.set(id, now);
    this.#options.redis
      .zadd(`${this.#options.prefix}:{kept}:use`, "XX", "GT", now, id)
      .catch(() => {});
  }

  async #run({ id, bytes, endAt }: KeptResponse): Promise<string[]> {
    const { now, maxBytes } = this.#options;
    const values = [id, bytes, endAt, now(), maxBytes, BATCH];
    return textsOf(await attempt(this.#count.run(this.#keys, values)));
  }
}
