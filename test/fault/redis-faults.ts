import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { again, delay, over, redisOf, type Fault } from "./fault.ts";
import { commandTo, onceBack, untilTrue } from "../support/redis-command.ts";
import { SET_NAME } from "./stores.ts";
import type { RedisInstance } from "../support/redis-instance.ts";
import type { World } from "./world.ts";

/*
 * What happens to Redis. While it is away, forwards wait and are refused at their deadline, and nothing else fails.
 */

const AWAY = {
  on: ["redis"],
  holdMs: 3000,
  afterMs: 6000,
  problems: ["store-unavailable"],
} as const;
const ALL = { ...AWAY, on: ["redis", "sentinel", "cluster"] } as const;

const restarted: Fault = {
  ...AWAY,
  name: "Redis killed, and back empty after 3 s",
  async begin(world) {
    const server = await redisOf(world).primary();
    await server.stop();
    return () => server.restart();
  },
};

/** What was granted, stored and invalidated between the snapshot and the kill is not in it. */
const restored: Fault = {
  ...AWAY,
  name: "Redis restored from a snapshot 2 s old",
  holdMs: 500,
  async begin(world) {
    const store = redisOf(world);
    const read = async (name: string): Promise<string> =>
      String(((await store.command("CONFIG", "GET", name)) as string[])[1]);
    const file = join(await read("dir"), await read("dbfilename"));
    await store.command("SAVE");
    await delay(2000);
    const server = await store.primary();
    await server.stop();
    return async () => {
      await server.restart();
      await rm(file, { force: true });
    };
  },
};

const frozen: Fault = {
  ...AWAY,
  name: "Redis frozen for 3 s",
  async begin(world) {
    const server = await redisOf(world).primary();
    server.freeze();
    return async () => server.thaw();
  },
};

/** As a disk that stalls or a neighbour that takes the core: 60 of every 100 ms nothing answers. */
const slow: Fault = {
  ...AWAY,
  name: "Redis slow (stands still for 60 of 100 ms)",
  async begin(world) {
    const server = await redisOf(world).primary();
    const stop = again(40, async () => {
      server.freeze();
      await delay(60);
      server.thaw();
    });
    return async () => {
      await stop();
      server.thaw();
    };
  },
};

const flushed: Fault = {
  ...ALL,
  name: "FLUSHALL, three times",
  holdMs: 0,
  async begin(world) {
    for (let turn = 0; turn < 3; turn += 1) {
      await toPrimaries(world, "FLUSHALL");
      await delay(300);
    }
    return over;
  },
};

const scriptsFlushed: Fault = {
  ...ALL,
  name: "SCRIPT FLUSH, again and again",
  holdMs: 1500,
  problems: [],
  begin: async (world) => again(100, () => toPrimaries(world, "SCRIPT", "FLUSH")),
};

const readOnly: Fault = {
  ...AWAY,
  name: "Redis read-only (a replica of nobody)",
  async begin(world) {
    const store = redisOf(world);
    await store.command("REPLICAOF", "127.0.0.1", "1");
    return async () => {
      await store.command("REPLICAOF", "NO", "ONE");
    };
  },
};

const full: Fault = {
  ...AWAY,
  name: "Redis out of memory",
  async begin(world) {
    const store = redisOf(world);
    await store.command("CONFIG", "SET", "maxmemory", "1mb");
    return async () => {
      await store.command("CONFIG", "SET", "maxmemory", "0");
    };
  },
};

const cut: Fault = {
  ...ALL,
  name: "connections to Redis cut, every 200 ms",
  begin: async (world) =>
    again(200, async () => {
      await toPrimaries(world, "CLIENT", "KILL", "TYPE", "pubsub");
      await toPrimaries(world, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }),
};

/** Every record of a stored response is replaced by bytes that are none. */
const corrupt: Fault = {
  ...ALL,
  name: "stored records corrupted",
  holdMs: 0,
  problems: [],
  async begin(world) {
    for (const { url } of await redisOf(world).primaries()) await onceBack(() => corruptAll(url));
    return over;
  },
};

async function corruptAll(url: string): Promise<void> {
  const keys = (await commandTo(url, ["KEYS", "sluice:r:*"])) as string[];
  for (const key of keys) {
    const fields = (await commandTo(url, ["HKEYS", key])) as string[];
    for (const field of fields) await commandTo(url, ["HSET", key, field, randomBytes(200)]);
  }
}

const FAILOVER = {
  on: ["sentinel"],
  holdMs: 6000,
  afterMs: 8000,
  problems: ["store-unavailable"],
} as const;

const primaryKilled: Fault = {
  ...FAILOVER,
  name: "primary killed: fail-over, and the old one back as a replica",
  async begin(world) {
    const old = await redisOf(world).primary();
    await old.stop();
    return () => back(world, old);
  },
};

const primaryFrozen: Fault = {
  ...FAILOVER,
  name: "primary frozen for 6 s: fail-over, and the old one demoted",
  async begin(world) {
    const old = await redisOf(world).primary();
    old.freeze();
    return async () => {
      old.thaw();
      await untilReplica(old);
    };
  },
};

const ordered: Fault = {
  ...FAILOVER,
  name: "fail-over by order, without a fault",
  holdMs: 3000,
  async begin(world) {
    const { settings } = redisOf(world);
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(JSON.stringify(settings)) ?? [];
    await onceBack(() =>
      commandTo(`redis://127.0.0.1:${port}`, ["SENTINEL", "FAILOVER", SET_NAME]),
    );
    return over;
  },
};

/** Comes back empty and as a primary, until the sentinels see it. */
async function back(world: World, old: RedisInstance): Promise<void> {
  await old.restart();
  if ((await redisOf(world).primary()) !== old) await untilReplica(old);
}

/** One command to each server that is written to. */
async function toPrimaries(world: World, name: string, ...values: string[]): Promise<void> {
  const primaries = await redisOf(world).primaries();
  await Promise.all(primaries.map(({ url }) => onceBack(() => commandTo(url, [name, ...values]))));
}

/** Resolves once a server that was written to follows another. */
export function untilReplica({ url }: RedisInstance): Promise<void> {
  return untilTrue("the old primary to be a replica", async () =>
    /^role:slave/m.test(String(await commandTo(url, ["INFO", "replication"]))),
  );
}

/** Faults of one Redis, of a set behind sentinels, and those that a Cluster shares with them. */
export const REDIS_FAULTS: readonly Fault[] = [
  restarted,
  restored,
  frozen,
  slow,
  flushed,
  scriptsFlushed,
  readOnly,
  full,
  cut,
  corrupt,
  primaryKilled,
  primaryFrozen,
  ordered,
];
