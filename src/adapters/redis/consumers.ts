import { FollowedConsumers, type ConsumerTable } from "../followed-consumers.ts";
import { attempt } from "./attempt.ts";
import { Script } from "./script.ts";
import type { RedisCommands } from "./commands.ts";
import type { News } from "./news.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ConsumerStore, Gate } from "../../ports/consumers.ts";

/*
 * Consumers in Redis: <prefix>:consumers, a hash of records by name. The fields "#version" and "#gate" lie in it as
 * well, so that the list is always read and changed as a whole; no name begins with "#".
 */

/** A message that was lost is made good by the next look, in milliseconds. */
const LOOK_MS = 500;

/** What consumers are kept with; the connections stay the caller's to end. */
export interface RedisConsumersOptions {
  readonly redis: RedisCommands;
  /** Messages of other processes, on another connection. */
  readonly news: News;
  readonly prefix: string;
  readonly clock: Clock;
  readonly onDamaged: (name: string) => void;
}

/** Consumers for all processes that reach the same Redis. */
export function createRedisConsumers(options: RedisConsumersOptions): ConsumerStore {
  const { redis, news, prefix, clock, onDamaged } = options;
  const channel = `${prefix}:consumers:changed`;
  const table = createTable(redis, `${prefix}:consumers`, channel);
  const consumers = new FollowedConsumers({ table, clock, lookMs: LOOK_MS, onDamaged });
  news.listen(channel, () => void consumers.look());
  return consumers;
}

function createTable(redis: RedisCommands, key: string, channel: string): ConsumerTable {
  const script = (name: string): Script =>
    // Whom to keep out must be told to a full Redis too.
    new Script(redis, [new URL(`./consumers/${name}.lua`, import.meta.url)], { evenIfFull: true });
  const [change, restore] = [script("change"), script("restore")];
  return {
    version: async () => Number(await attempt(redis.hget(key, "#version"))),
    async read() {
      const { "#version": version, "#gate": gate, ...records } = await attempt(redis.hgetall(key));
      return {
        version: Number(version ?? 0),
        gate: gateOf(gate),
        records: Object.entries(records),
      };
    },
    async write({ gate, name, text = "" }, version) {
      const values = [version, gate, name, text, channel];
      return (await attempt(change.run([key], values))) === 1;
    },
    async restore({ version, gate, records }) {
      const fields = [["#version", String(version)], ["#gate", gate], ...records].flat();
      await attempt(restore.run([key], [channel, version, ...fields]));
    },
  };
}

/** What is not understood keeps strangers out. */
function gateOf(text: string | undefined): Gate {
  if (text === undefined) return "never";
  return text === "opened" || text === "never" ? text : "closed";
}
