import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RedisCommands } from "../../src/adapters/redis/commands.ts";
import { openRedisWays, type RedisWay } from "../support/redis-ways.ts";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, inject, it } from "vitest";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import { createRedisConsumers } from "../../src/adapters/redis/consumers.ts";
import { News } from "../../src/adapters/redis/news.ts";
import { createSqliteConsumers } from "../../src/adapters/sqlite/consumers.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import {
  createMemoryConsumers,
  SharedConsumers,
  storedConsumer,
} from "../support/memory-consumers.ts";
import type { ConsumerList, ConsumerStore } from "../../src/ports/consumers.ts";

/** What the suite needs of an adapter: stores that share their contents, as processes do. */
interface Provider {
  readonly name: string;
  /** A world of its own; `open()` is another process in it. */
  world(): {
    open(onDamaged?: (name: string) => void): ConsumerStore;
    spoil(name: string): unknown;
  };
  openUnreachable(): ConsumerStore;
  close(): Promise<void>;
}

const ignore = (): void => {};

const WAYS = await openRedisWays(inject("redisUrl"), inject("redisClusterUrl"));
afterAll(() => WAYS.forEach((way) => way.close()));

function redisProvider(way: RedisWay): Provider {
  const open = (
    redis: RedisCommands,
    prefix: string,
    onDamaged = ignore as (name: string) => void,
  ) => {
    const news = new News(way.subscribe());
    return createRedisConsumers({ redis, news, prefix, clock: nodeClock, onDamaged });
  };
  return {
    name: way.name,
    world() {
      const prefix = `test-${randomUUID()}`;
      return {
        open: (onDamaged) => open(way.connect(), prefix, onDamaged),
        spoil: async (name) => {
          const key = `${prefix}:consumers`;
          await way.connect().hset(key, name, "{");
          await way.connect().hincrby(key, "#version", 1);
        },
      };
    },
    openUnreachable: () => open(way.connectToNobody(), "nowhere"),
    async close() {},
  };
}

function sqliteProvider(): Provider {
  const folder = mkdtempSync(join(tmpdir(), "sluice-consumers-"));
  const databases: DatabaseSync[] = [];
  const connect = (name: string): DatabaseSync => {
    const database = openDatabase(join(folder, `${name}.db`), { busyMs: 1000 });
    databases.push(database);
    return database;
  };
  return {
    name: "sqlite",
    world() {
      const file = randomUUID();
      return {
        open: (onDamaged = ignore) =>
          createSqliteConsumers({ database: connect(file), clock: nodeClock, onDamaged }),
        spoil(name) {
          const database = connect(file);
          database.prepare("INSERT OR REPLACE INTO consumers VALUES (?, '{')").run(name);
          database.exec("UPDATE consumer_list SET version = version + 1");
        },
      };
    },
    openUnreachable() {
      const database = connect("away");
      const consumers = createSqliteConsumers({ database, clock: nodeClock, onDamaged: ignore });
      database.close();
      return consumers;
    },
    async close() {
      for (const database of databases) if (database.isOpen) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function memoryProvider(): Provider {
  return {
    name: "memory",
    world() {
      const table = new SharedConsumers();
      return {
        open: (onDamaged = ignore) => createMemoryConsumers(table, { onDamaged }),
        spoil(name) {
          const { version, gate, records } = table.kept;
          const others = records.filter(([other]) => other !== name);
          table.kept = { version: version + 1, gate, records: [...others, [name, "{"]] };
        },
      };
    },
    openUnreachable() {
      const table = new SharedConsumers();
      table.fault = new StoreFault("away");
      return createMemoryConsumers(table);
    },
    close: () => Promise.resolve(),
  };
}

/** Resolves with the first list that this process hears of and that is as wanted. */
function heard(
  store: ConsumerStore,
  wanted: (list: ConsumerList) => boolean,
): Promise<ConsumerList> {
  const { promise, resolve } = Promise.withResolvers<ConsumerList>();
  const look = (list: ConsumerList): void => {
    if (wanted(list)) resolve(list);
  };
  store.onChanged(look);
  look(store.known);
  return promise;
}

const names = ({ consumers }: ConsumerList): string[] => consumers.map(({ name }) => name);

const FULL = storedConsumer("full.one", {
  keys: [{ digest: "a".repeat(64) }, { digest: "b".repeat(64), untilAt: 5000 }],
  enabled: false,
  weight: 1000,
  priority: 0,
  allow: [
    { methods: ["GET", "POST"], path: "/ticket/:id" },
    { methods: [], path: "/**" },
  ],
  cap: { limit: 60, windowMs: 60_000 },
  maxWaitMs: 0,
  mayForce: true,
});

describe.each([...WAYS.map(redisProvider), sqliteProvider(), memoryProvider()])(
  "consumers in $name",
  (provider) => {
    const opened: ConsumerStore[] = [];
    const open = (world: ReturnType<Provider["world"]>, onDamaged?: (name: string) => void) => {
      const store = world.open(onDamaged);
      opened.push(store);
      return store;
    };

    afterAll(async () => {
      await Promise.all(opened.map((store) => store.close()));
      await provider.close();
    });

    it("list() is empty at first, and nobody was ever made", async () => {
      const store = open(provider.world());
      expect(await store.list()).toEqual({ version: 0, gate: "never", consumers: [], damaged: [] });
    });

    it("change() keeps every member, sorts by name, closes the gate, and is known before it resolves", async () => {
      const world = provider.world();
      const store = open(world);
      expect(await store.change({ kind: "put", consumer: FULL }, 0)).toBe(true);
      expect(store.known).toEqual({ version: 1, gate: "closed", consumers: [FULL], damaged: [] });
      await store.change({ kind: "put", consumer: storedConsumer("early") }, 1);
      expect(names(await open(world).list())).toEqual(["early", "full.one"]);
    });

    it("change() does nothing where somebody else was first, and knows the list then", async () => {
      const world = provider.world();
      const [one, other] = [open(world), open(world)];
      await one.change({ kind: "put", consumer: storedConsumer("first") }, 0);
      const late = await other.change({ kind: "put", consumer: storedConsumer("late") }, 0);
      expect([late, names(other.known), other.known.version]).toEqual([false, ["first"], 1]);
    });

    it("change() lets exactly one of many at once win", async () => {
      const world = provider.world();
      const stores = [open(world), open(world), open(world)];
      const done = await Promise.all(
        stores.map((store, index) =>
          store.change({ kind: "put", consumer: storedConsumer(`c${index}`) }, 0),
        ),
      );
      expect(done.filter(Boolean)).toHaveLength(1);
      expect((await stores[0]?.list())?.consumers).toHaveLength(1);
    });

    it("stays closed when the last consumer is removed, and opens only by order", async () => {
      const world = provider.world();
      const store = open(world);
      await store.change({ kind: "put", consumer: storedConsumer("last") }, 0);
      await store.change({ kind: "remove", name: "last" }, 1);
      expect(await open(world).list()).toMatchObject({ gate: "closed", consumers: [] });
      await store.change({ kind: "open" }, 2);
      expect(await open(world).list()).toMatchObject({ version: 3, gate: "opened" });
    });

    it("tells other processes of a change within a second", async () => {
      const world = provider.world();
      const [one, other] = [open(world), open(world)];
      await other.list();
      const since = performance.now();
      const told = heard(other, (list) => names(list).includes("new"));
      await one.change({ kind: "put", consumer: storedConsumer("new") }, 0);
      await told;
      expect(performance.now() - since).toBeLessThan(1000);
    });

    it("counts a damaged entry as nobody, reports it once, and lets it be removed", async () => {
      const world = provider.world();
      const store = open(world);
      await store.change({ kind: "put", consumer: storedConsumer("whole") }, 0);
      await world.spoil("broken");
      const reported: string[] = [];
      const reader = open(world, (name) => void reported.push(name));
      expect(await reader.list()).toMatchObject({
        consumers: [{ name: "whole" }],
        damaged: ["broken"],
      });
      await reader.change({ kind: "put", consumer: storedConsumer("more") }, 2);
      expect(reported).toEqual(["broken"]);
      await reader.change({ kind: "remove", name: "broken" }, 3);
      expect(reader.known.damaged).toEqual([]);
    });

    it("fails with a StoreFault where the store cannot be reached, and knows nothing", async () => {
      const store = provider.openUnreachable();
      await expect(store.list()).rejects.toThrow(StoreFault);
      await expect(store.change({ kind: "open" }, 0)).rejects.toThrow(StoreFault);
      expect(store.known.version).toBe(0);
      await store.close();
    });
  },
);
