import {
  bucketsOf,
  MOST_CELLS,
  MOST_CONSUMERS,
  readCellName,
  readCounts,
  REMEMBERED_MS,
  SPANS,
} from "../../observe/account-buckets.ts";
import { StoreFault } from "../../ports/faults.ts";
import { attempt } from "./attempt.ts";
import { Script, type ScriptArgument } from "./script.ts";
import type { RedisCommands } from "./commands.ts";
import type { AccountBatch, AccountCell, AccountQuery, Accounts } from "../../ports/accounts.ts";
import type { Clock } from "../../ports/clock.ts";

/*
 * The accounts in Redis, all of an upstream in one slot. Keys expire by themselves.
 *
 *   <prefix>:{accounts:<upstream>}:last:<process>      number of the last batch that was added for a process
 *   <prefix>:{accounts:<upstream>}:minute:<minutes since 1970>   hash: consumer "\n" route -> "a=12,f=3"
 *   <prefix>:{accounts:<upstream>}:hour:<hours since 1970>       the same
 */

/** Buckets that are read in one go. */
const TOGETHER = 100;

/** What the accounts are built with. */
export interface RedisAccountsOptions {
  readonly redis: RedisCommands;
  readonly prefix: string;
  readonly clock: Pick<Clock, "now">;
}

/** Accounts for all processes that reach the same Redis. */
export function createRedisAccounts(options: RedisAccountsOptions): Accounts {
  return new RedisAccounts(options);
}

class RedisAccounts implements Accounts {
  readonly #options: RedisAccountsOptions;
  readonly #add: Script;

  constructor(options: RedisAccountsOptions) {
    this.#options = options;
    this.#add = new Script(options.redis, [new URL("./accounts/add.lua", import.meta.url)]);
  }

  async add({ upstream, process, sequence, cells }: AccountBatch): Promise<void> {
    const keys = [this.#key(upstream, "last", process)];
    const values: ScriptArgument[] = [sequence, REMEMBERED_MS, MOST_CONSUMERS, MOST_CELLS];
    for (const bucket of bucketsOf(cells, this.#options.clock.now())) {
      const { span, at, endsAt } = bucket;
      const added = bucket.cells.map(({ consumer, route, counts }) => [consumer, route, counts]);
      keys.push(this.#key(upstream, span, at / SPANS[span].ms));
      values.push(endsAt, JSON.stringify(added));
    }
    await attempt(this.#add.run(keys, values), "accounts");
  }

  async *read({ upstream, span, from, to }: AccountQuery): AsyncGenerator<AccountCell[]> {
    const { ms } = SPANS[span];
    for (let first = from; first < to; first += TOGETHER * ms) {
      const starts: number[] = [];
      for (let at = first; at < Math.min(to, first + TOGETHER * ms); at += ms) starts.push(at);
      const keys = starts.map((at) => this.#key(upstream, span, at / ms));
      const buckets = await this.#buckets(keys);
      yield starts.flatMap((at, index) => cellsOf(at, buckets[index]));
    }
  }

  async #buckets(keys: readonly string[]): Promise<unknown[]> {
    const pipeline = this.#options.redis.pipeline();
    for (const key of keys) pipeline.hgetall(key);
    const replies = (await attempt(pipeline.exec(), "accounts")) ?? [];
    return replies.map(([error, reply]) => {
      if (error) throw new StoreFault(`The accounts in Redis could not be read: ${error.message}`);
      return reply;
    });
  }

  #key(upstream: string, kind: string, id: string | number): string {
    return `${this.#options.prefix}:{accounts:${upstream}}:${kind}:${id}`;
  }
}

function cellsOf(at: number, hash: unknown): AccountCell[] {
  return Object.entries(hash ?? {}).map(([name, text]) => ({
    at,
    ...readCellName(name),
    counts: readCounts(String(text)),
  }));
}
