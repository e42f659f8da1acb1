import Bottleneck from "bottleneck";
import { Redis, type RedisOptions } from "ioredis";
import { Jobs } from "./bottleneck-jobs.ts";
import { SteadyRedis } from "./redis/steady-redis.ts";
import { together } from "./redis/together.ts";
import type { LedgerTerms } from "../ports/ledger.ts";
import type { Slots } from "../ports/slots.ts";

/*
 * Bottleneck 2.19.5, and all that is to be known of it:
 * - It caps concurrency only. Its reservoir and minTime cannot hold a rolling window over processes
 *   (twice the limit measured), and nothing can be taken out of its queue: the ledger does both.
 * - Redis 7 prefixes a script's errors with "ERR "; Bottleneck compares whole messages and would never
 *   recover from a flush. CompatibleRedis takes the prefix off.
 * - Its scripts take the caller's clock for the time, so that one process five seconds ahead makes all
 *   others wait five seconds for a slot (measured). CompatibleRedis has them read Redis' own clock.
 * - `expiration` gives a killed process's slots back; it is longer than any forward may last.
 * - Where its Redis does not answer, or not in time, the slot is taken from a local limiter instead; after a failure
 *   those after it as well, at once, until Redis is found to be back: a permit would not outlast the wait for it.
 * - A job costs three scripts and a message over all instances, and two timers without Redis. So one job may serve
 *   several forwards, one after the other: a slot that is given back is kept for a moment (bottleneck-jobs.ts).
 */

/** Nobody waits longer than this for a slot from Redis: the ledger has counted already. */
const PATIENCE_MS = 1000;

/** How often a Redis that did not answer is asked again, on nobody's behalf. */
const AGAIN_MS = 500;

/** A slot is kept unused for so long: over all instances, where another may wait for it, and in this process alone. */
const KEEP_SHARED_MS = 50;
const KEEP_LOCAL_MS = 1000;

/** What the slots of one upstream are built with. */
export interface SlotsOptions {
  readonly concurrency: number;
  /** A slot that is never given back is free after this long. */
  readonly expirationMs: number;
  /** Absent: the cap holds for this process alone, which suits the embedded store. */
  readonly shared?: {
    /** A connection of its own, since Bottleneck adds listeners and a subscriber. */
    readonly redis: CompatibleRedis;
    readonly prefix: string;
    readonly upstream: string;
    /** Told of each failure of Bottleneck's Redis. */
    readonly onFault: (error: unknown) => void;
  };
}

/** Slots from Bottleneck, over all instances where a Redis is given. */
export function createBottleneckSlots(options: SlotsOptions): Slots {
  return new BottleneckSlots(options);
}

/** How each script of Bottleneck learns the time, and how it does here. */
const CALLERS_CLOCK = "local now = tonumber(ARGV[1])";
const REDIS_CLOCK =
  "local time = redis.call('TIME') " +
  "local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)";

/** An ioredis connection whose script errors read as they did before Redis 7, and whose scripts go by Redis' clock. */
export class CompatibleRedis extends Redis {
  /** Bottleneck's subscriber. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    return new SteadyRedis({ ...this.options, ...override });
  }

  override defineCommand(...[name, definition]: Parameters<Redis["defineCommand"]>): void {
    if (!definition.lua.includes(CALLERS_CLOCK))
      throw new Error(`The script ${name} does not take its time where Bottleneck 2.19.5 does`);
    const lua = definition.lua.replace(CALLERS_CLOCK, REDIS_CLOCK);
    super.defineCommand(name, { ...definition, lua });
  }

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    if (/^eval/i.test(command.name)) {
      const reject = command.reject;
      command.reject = (error) => reject(withoutPrefix(error));
    }
    return together(this.stream, () => super.sendCommand(command, stream));
  }
}

class BottleneckSlots implements Slots {
  readonly #local: Jobs;
  readonly #shared: Jobs | undefined;
  readonly #connection: Bottleneck.IORedisConnection | undefined;
  readonly #onFault: (error: unknown) => void;
  #away = false;
  #closed = false;

  constructor({ concurrency, expirationMs, shared }: SlotsOptions) {
    this.#onFault = shared?.onFault ?? (() => {});
    const local = new Bottleneck({ maxConcurrent: concurrency });
    this.#local = new Jobs(local, { expirationMs, keepMs: KEEP_LOCAL_MS });
    if (!shared) return;
    const connection = new Bottleneck.IORedisConnection({ client: shared.redis });
    this.#connection = connection;
    connection.on("error", this.#onFault);
    const clustered = new Bottleneck({
      // The braces make it a hash tag, so that a Cluster keeps its keys in one slot.
      id: `{${shared.prefix}:${shared.upstream}:slots}`,
      maxConcurrent: concurrency,
      connection,
    });
    clustered.on("error", this.#onFault);
    clustered.ready().catch(this.#onFault);
    this.#shared = new Jobs(clustered, { expirationMs, keepMs: KEEP_SHARED_MS });
  }

  async take(): Promise<Disposable> {
    const shared = this.#shared?.takeKept() ?? (await this.#takeShared());
    return shared ?? this.#local.takeKept() ?? this.#local.take().taken;
  }

  resize({ concurrency, forwardMs }: Pick<LedgerTerms, "concurrency" | "forwardMs">): void {
    for (const jobs of [this.#local, this.#shared]) {
      // Where Redis does not answer, the cap stays as it was there.
      jobs?.resize(concurrency, forwardMs).catch(this.#onFault);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#local.close();
    this.#shared?.close();
    // The limiter's own disconnect() would unsubscribe, and reject unheard where Redis is gone.
    await this.#connection?.disconnect(false);
    await this.#local.limiter.disconnect(false);
  }

  async #takeShared(): Promise<Disposable | undefined> {
    if (!this.#shared || this.#away) return undefined;
    return this.#tryShared(this.#shared);
  }

  /** Until Redis gives a slot again, nobody asks it for one. */
  #lookAgain(shared: Jobs): void {
    setTimeout(() => {
      if (this.#closed) return;
      const { taken, forgo } = shared.take();
      forgo();
      const back = (): void => void (this.#away = false);
      taken.then(back, () => this.#lookAgain(shared));
    }, AGAIN_MS).unref();
  }

  async #tryShared(shared: Jobs): Promise<Disposable | undefined> {
    const { taken, forgo } = shared.take();
    const patience = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => patience.resolve(undefined), PATIENCE_MS);
    try {
      const slot = await Promise.race([taken, patience.promise]);
      if (!slot) forgo();
      return slot;
    } catch (error) {
      this.#onFault(error);
      if (!this.#away) this.#lookAgain(shared);
      this.#away = true;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

function withoutPrefix(error: Error): Error {
  error.message = error.message.replace(
    /^ERR (?=UNKNOWN_CLIENT|SETTINGS_KEY_NOT_FOUND|OVERWEIGHT)/,
    "",
  );
  return error;
}
