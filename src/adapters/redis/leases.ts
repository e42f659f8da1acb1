import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import { digest } from "../digest.ts";
import { Listeners } from "../listeners.ts";
import { attempt } from "./attempt.ts";
import { Script } from "./script.ts";
import type { RedisCommands } from "./commands.ts";
import type { News } from "./news.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Lease, LeaseEnd, Leases } from "../../ports/leases.ts";

/*
 * Leases in Redis: <prefix>:l:<SHA-256 of the key>, a string that names its owner and expires. An owner is a process
 * and a number, so that a lease that ran out is never mistaken for the next one of the same process. Ends are
 * told over a channel; whoever waits looks at the key as well, since messages may be lost.
 */

/** A lease lasts this long without being prolonged, in milliseconds. */
const LEASE_MS = 2000;

/** Three prolongations may fail before a lease runs out. */
const PROLONG_MS = 600;

/** How often the key is looked at while somebody waits, in milliseconds. */
const LOOK_MS = 500;

/** How long an end that was heard of is told to those who ask a little later, in milliseconds. */
const ECHO_MS = 1000;
const MOST_ECHOES = 1000;

/** What leases are built with; the connections stay the caller's to end. */
export interface RedisLeasesOptions {
  readonly redis: RedisCommands;
  /** Messages of other processes, on another connection. */
  readonly news: News;
  readonly prefix: string;
  readonly clock: Clock;
}

/** Leases over all processes that reach the same Redis. */
export function createRedisLeases(options: RedisLeasesOptions): Leases {
  return new RedisLeases(options);
}

class RedisLeases implements Leases {
  readonly #options: RedisLeasesOptions;
  readonly #scripts: Readonly<Record<"take" | "prolong" | "end", Script>>;
  readonly #channel: string;
  readonly #self = randomUUID();
  readonly #closed = new AbortController();
  /** Ids of keys, with the owner under which this process has them. */
  readonly #held = new Map<string, string>();
  readonly #waiting = new Listeners<LeaseEnd>();
  readonly #watching = new Listeners<string>();
  readonly #echoes = new LRUCache<string, { readonly how: LeaseEnd; readonly at: number }>({
    max: MOST_ECHOES,
  });
  #taken = 0;
  #prolonging = false;

  constructor(options: RedisLeasesOptions) {
    this.#options = options;
    this.#channel = `${options.prefix}:leases`;
    const load = (verb: string): Script =>
      new Script(options.redis, [new URL(`./leases/${verb}.lua`, import.meta.url)]);
    this.#scripts = { take: load("take"), prolong: load("prolong"), end: load("end") };
    options.news.listen(this.#channel, (message) => this.#hear(message));
  }

  async take(key: string): Promise<Lease | undefined> {
    const id = digest(key);
    const owner = `${this.#self}/${(this.#taken += 1)}`;
    const values = [owner, LEASE_MS, this.#channel, `taken ${id} ${owner}`];
    const reply = await attempt(this.#scripts.take.run([this.#keyOf(id)], values));
    if (reply !== 1) return undefined;
    this.#held.set(id, owner);
    if (!this.#prolonging) void this.#prolong();
    return { end: (how) => this.#end(id, owner, how) };
  }

  async ended(key: string, signal: AbortSignal): Promise<LeaseEnd> {
    signal.throwIfAborted();
    const id = digest(key);
    const { promise, resolve, reject } = Promise.withResolvers<LeaseEnd>();
    const over = new AbortController();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort);
    using _ = this.#waiting.add(id, resolve);
    this.#look(id, AbortSignal.any([over.signal, this.#closed.signal])).then(resolve, () =>
      resolve("lost"),
    );
    try {
      return await promise;
    } finally {
      over.abort();
      signal.removeEventListener("abort", abort);
    }
  }

  onTaken(key: string, listener: () => void): Disposable {
    const id = digest(key);
    let disposed = false;
    // Nobody's name: nobody has it.
    let last = "";
    const hear = (owner: string): void => {
      if (owner === last || disposed || owner.startsWith(`${this.#self}/`)) return;
      last = owner;
      listener();
    };
    const watching = this.#watching.add(id, hear);
    // Whoever has it already has told of it before.
    this.#options.redis.get(this.#keyOf(id)).then(
      (owner) => hear(owner ?? ""),
      () => {},
    );
    return {
      [Symbol.dispose]() {
        disposed = true;
        watching[Symbol.dispose]();
      },
    };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#held].map(([id, owner]) => this.#end(id, owner, "lost")));
  }

  #keyOf(id: string): string {
    return `${this.#options.prefix}:l:${id}`;
  }

  /** Resolves when the lease that there is now is there no more. Rejects where Redis fails, or it was called off. */
  async #look(id: string, signal: AbortSignal): Promise<LeaseEnd> {
    const { redis, clock } = this.#options;
    let first: string | undefined;
    for (;;) {
      const [owner, leftMs] = await Promise.all([
        redis.get(this.#keyOf(id)),
        redis.pttl(this.#keyOf(id)),
      ]);
      if (owner === null && first === undefined) return this.#echoOf(id);
      first ??= owner ?? "";
      if (owner !== first) return "lost";
      await clock.sleep(Math.min(LOOK_MS, Math.max(1, leftMs + 1)), signal);
    }
  }

  /** Who asks a moment too late is told what others were told. */
  #echoOf(id: string): LeaseEnd {
    const echo = this.#echoes.get(id);
    const isRecent = echo && this.#options.clock.monotonic() - echo.at < ECHO_MS;
    return isRecent ? echo.how : "lost";
  }

  #hear(message: string): void {
    const [what, id = "", owner = ""] = message.split(" ");
    if (what === "taken") {
      this.#watching.tell(id, owner);
    } else if (what === "shared" || what === "alone" || what === "lost") {
      this.#echoes.set(id, { how: what, at: this.#options.clock.monotonic() });
      this.#waiting.tell(id, what);
    }
  }

  async #prolong(): Promise<void> {
    this.#prolonging = true;
    const { signal } = this.#closed;
    while (this.#held.size > 0 && !signal.aborted) {
      await this.#options.clock.sleep(PROLONG_MS, signal).catch(() => {});
      await Promise.all([...this.#held].map(([id, owner]) => this.#prolongOne(id, owner)));
    }
    this.#prolonging = false;
  }

  async #prolongOne(id: string, owner: string): Promise<void> {
    try {
      const reply = await this.#scripts.prolong.run([this.#keyOf(id)], [owner, LEASE_MS]);
      // It ran out, and may be another's by now.
      if (reply !== 1 && this.#held.get(id) === owner) this.#held.delete(id);
    } catch {
      // The next one may come through.
    }
  }

  async #end(id: string, owner: string, how: LeaseEnd): Promise<void> {
    if (this.#held.get(id) !== owner) return;
    this.#held.delete(id);
    const values = [owner, this.#channel, `${how} ${id} ${owner}`];
    // Where Redis is not reached the lease runs out.
    await this.#scripts.end.run([this.#keyOf(id)], values).catch(() => {});
  }
}
