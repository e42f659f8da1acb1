import { readFileSync } from "node:fs";
import type { Redis, Result } from "ioredis";
import { StoreFault } from "../../ports/faults.ts";
import { readOutlook } from "./outlook.ts";
import type {
  Ledger,
  LedgerHint,
  LedgerOutlook,
  LedgerTerms,
  PauseReport,
  TurnReply,
  TurnReport,
} from "../../ports/ledger.ts";

/*
 * The ledger in Redis: the rule of schedule/turn.ts as Lua, one script a verb, so that a turn is one
 * atomic round trip on Redis' own clock. Keys: `<prefix>:{<upstream>}:<table>`, none with a TTL.
 *
 * Each script is given two keys, neither of which is ever there. A Cluster that moves the slot to another node sends a
 * script whose keys it does not find to that node; which answers one that names several, of which it lacks some, with
 * TRYAGAIN. So while a slot is moved no script runs on either node, and none sees the tables before all are there. With one
 * key it would run where they are not yet, begin a second ledger, and lose its record to the first.
 */

declare module "ioredis" {
  interface RedisCommander<Context> {
    sluiceTurn(...args: [...LedgerKeys, input: string, channel: string]): Result<unknown, Context>;
    sluicePause(...args: [...LedgerKeys, input: string, channel: string]): Result<unknown, Context>;
    sluiceLeave(...args: [...LedgerKeys, input: string]): Result<unknown, Context>;
    sluiceOutlook(...args: [...LedgerKeys, input: string]): Result<unknown, Context>;
  }
}

/** The common prefix of the tables, and a key that is never there. */
type LedgerKeys = [prefix: string, nothing: string];

/** The rule's parts in the order in which they build on each other. */
const PARTS =
  "book inner windows pauses passes lanes asleep places queue assigned pausing grant membership".split(
    " ",
  );

/** Commands of ioredis, as the ledger needs them. */
export type LedgerCommands = Pick<
  Redis,
  "defineCommand" | "sluiceTurn" | "sluicePause" | "sluiceLeave" | "sluiceOutlook"
>;

/** Needs two connections, since one is given to the hints. */
export interface RedisLedgerOptions {
  readonly redis: LedgerCommands;
  readonly subscriber: Redis;
  readonly prefix: string;
  readonly terms: LedgerTerms;
}

/** A Ledger for all processes that reach the same Redis. @throws StoreFault from every method. */
export function createRedisLedger(options: RedisLedgerOptions): Ledger {
  return new RedisLedger(options);
}

class RedisLedger implements Ledger {
  readonly #redis: LedgerCommands;
  readonly #subscriber: Redis;
  readonly #terms: LedgerTerms;
  readonly #keys: LedgerKeys;
  readonly #channel: string;
  readonly #listeners: ((hint: LedgerHint) => void)[] = [];
  #self = "";

  constructor({ redis, subscriber, prefix, terms }: RedisLedgerOptions) {
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#terms = terms;
    const key = `${prefix}:{${terms.upstream}}`;
    this.#keys = [key, `${key}:nothing`];
    this.#channel = `${key}:hints`;
    redis.defineCommand("sluiceTurn", { numberOfKeys: 2, lua: ledgerScript("turn") });
    redis.defineCommand("sluicePause", { numberOfKeys: 2, lua: ledgerScript("pause") });
    redis.defineCommand("sluiceLeave", { numberOfKeys: 2, lua: ledgerScript("leave") });
    redis.defineCommand("sluiceOutlook", { numberOfKeys: 2, lua: ledgerScript("outlook") });
    subscriber.on("message", (channel: string, message: string) => {
      if (channel === this.#channel) this.#hear(message);
    });
    // Subscribed anew after each reconnection (SteadyRedis); a hint that is lost meanwhile is made good by the poll.
    subscriber.subscribe(this.#channel).catch(() => {});
  }

  async turn(report: TurnReport): Promise<TurnReply> {
    this.#self = report.process;
    const input = JSON.stringify({ terms: this.#terms, report });
    return readReply(
      await this.#attempt(this.#redis.sluiceTurn(...this.#keys, input, this.#channel)),
    );
  }

  async pause(report: PauseReport): Promise<void> {
    const input = JSON.stringify({ terms: this.#terms, report });
    await this.#attempt(this.#redis.sluicePause(...this.#keys, input, this.#channel));
  }

  onHint(listener: (hint: LedgerHint) => void): void {
    this.#listeners.push(listener);
  }

  async leave(process: string): Promise<void> {
    const input = JSON.stringify({ terms: this.#terms, process });
    await this.#attempt(this.#redis.sluiceLeave(...this.#keys, input));
  }

  async outlook(): Promise<LedgerOutlook> {
    const input = JSON.stringify({ terms: this.#terms });
    return readOutlook(await this.#attempt(this.#redis.sluiceOutlook(...this.#keys, input)));
  }

  async close(): Promise<void> {
    await this.#subscriber.unsubscribe(this.#channel).catch(() => {});
  }

  async #attempt(command: Promise<unknown>): Promise<unknown> {
    try {
      return await command;
    } catch (error) {
      throw new StoreFault(`The ledger in Redis could not be reached: ${String(error)}`, error);
    }
  }

  #hear(message: string): void {
    const [what, ...rest] = message.split(" ");
    const of = rest.join(" ");
    if (what === "paused") this.#tell({ kind: "paused", ...(of === "" ? {} : { policy: of }) });
    if (what === "granted" && of === this.#self) this.#tell({ kind: "granted" });
  }

  #tell(hint: LedgerHint): void {
    for (const listener of this.#listeners) listener(hint);
  }
}

/** The whole Lua of one verb: the rule's parts, then the verb. */
export function ledgerScript(verb: "turn" | "pause" | "leave" | "outlook"): string {
  return [...PARTS, verb].map((part) => sourceOf(part)).join("\n");
}

function sourceOf(part: string): string {
  return readFileSync(new URL(`./ledger/${part}.lua`, import.meta.url), "utf8");
}

/** Reads what turn.lua returns. */
export function readReply(raw: unknown): TurnReply {
  const [granted, refused, wake, paused, ask, peers, standings, waiting, probe, policies] =
    list(raw);
  return {
    granted: texts(granted),
    refused: toRefused(texts(refused)),
    wakeInMs: Number(wake),
    pausedForMs: Number(paused),
    askEverything: ask === "1",
    peers: texts(peers),
    standings: list(standings).map((entry) => {
      const [quota = "", used, resetInMs] = texts(entry);
      return { quota, used: Number(used), resetInMs: Number(resetInMs) };
    }),
    waiting: Number(waiting),
    probe: String(probe),
    policies: list(policies).map((entry) => {
      const [policy = "", pausedForMs, prober = ""] = texts(entry);
      return { policy, pausedForMs: Number(pausedForMs), probe: prober };
    }),
  };
}

function toRefused(flat: string[]): { ticket: string; why: "queue-full" | "cost" }[] {
  return flat.flatMap((ticket, index) =>
    index % 2 === 0
      ? [{ ticket, why: flat[index + 1] === "cost" ? ("cost" as const) : ("queue-full" as const) }]
      : [],
  );
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): string[] {
  return list(value).map(String);
}
