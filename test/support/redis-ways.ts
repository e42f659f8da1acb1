import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { clusterTarget } from "../../src/adapters/redis/cluster-target.ts";
import { RoamingRedis } from "../../src/adapters/redis/roaming-redis.ts";
import { SteadyCluster } from "../../src/adapters/redis/steady-cluster.ts";
import { untilTrue } from "./redis-command.ts";
import type { RedisCommands } from "../../src/adapters/redis/commands.ts";
import type { LedgerCommands } from "../../src/adapters/redis/ledger.ts";

/** What suites use beside what adapters use. */
export type TestCommands = RedisCommands & LedgerCommands & Pick<Redis, "hset" | "hincrby" | "set">;

/** How a suite that holds for every store reaches Redis. */
export interface RedisWay {
  readonly name: "redis" | "redis cluster";
  /** Commands can be sent at once. */
  connect(): TestCommands;
  /** A connection for messages of its own. */
  subscribe(): Redis;
  /** A connection to nowhere, on which every command fails. */
  connectToNobody(): RedisCommands;
  /** All keys that begin with this. */
  keys(prefix: string): Promise<string[]>;
  /** Ends all connections. */
  close(): void;
}

/** One server, and a Cluster, to which it connects first. */
export async function openRedisWays(url: string, clusterUrl: string): Promise<RedisWay[]> {
  return [serverWay(url), await clusterWay(clusterUrl)];
}

function serverWay(url: string): RedisWay {
  const connections: Redis[] = [];
  const keep = (redis: Redis): Redis => {
    redis.on("error", () => {});
    connections.push(redis);
    return redis;
  };
  const connect = (): Redis => keep(new Redis(url));
  return {
    name: "redis",
    connect,
    subscribe: connect,
    connectToNobody: () =>
      keep(new Redis(1, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })),
    keys: (prefix) => connect().keys(`${prefix}*`),
    close() {
      for (const redis of connections) redis.disconnect();
    },
  };
}

/** Processes share their connections here, since connecting anew to each node would take longer than the suites. */
async function clusterWay(url: string): Promise<RedisWay> {
  const target = clusterTarget(url);
  const cluster = new SteadyCluster({ target, name: "test" });
  const others: { disconnect(): void }[] = [cluster];
  await untilWell(cluster);
  return {
    name: "redis cluster",
    connect: () => cluster,
    subscribe() {
      const redis = new RoamingRedis({ target, cluster, name: "test" });
      redis.on("error", () => {});
      others.push(redis);
      return redis;
    },
    connectToNobody() {
      const nobody = { nodes: [{ host: "127.0.0.1", port: 1 }], secure: false };
      const lost = new SteadyCluster({ target: nobody, name: randomUUID() });
      others.push(lost);
      return lost;
    },
    async keys(prefix) {
      const found = await Promise.all(cluster.nodes("master").map((one) => one.keys(`${prefix}*`)));
      return found.flat();
    },
    close() {
      for (const one of others) one.disconnect();
    },
  };
}

/** One that has just been started: each node by itself finds that it is well. */
export async function untilWell(cluster: SteadyCluster): Promise<void> {
  await untilTrue("the Cluster to be well", async () => {
    const infos = await Promise.all(cluster.nodes("master").map((one) => one.cluster("INFO")));
    return cluster.whole && infos.every((info) => info.includes("cluster_state:ok"));
  });
}
