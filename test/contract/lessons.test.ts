import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRedisWays, type RedisWay } from "../support/redis-ways.ts";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, inject, it } from "vitest";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import { createRedisLessons } from "../../src/adapters/redis/lessons.ts";
import { News } from "../../src/adapters/redis/news.ts";
import { createSqliteLessons } from "../../src/adapters/sqlite/lessons.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { createMemoryLessons, SharedLessons } from "../support/memory-lessons.ts";
import type { LessonStore } from "../../src/ports/lessons.ts";

/** `world()` gives processes that share a store: each call of the result is another. */
interface Provider {
  readonly name: string;
  world(): (upstream?: string) => LessonStore;
  close(): void;
}

const WAYS = await openRedisWays(inject("redisUrl"), inject("redisClusterUrl"));
afterAll(() => WAYS.forEach((way) => way.close()));

function redisProvider(way: RedisWay): Provider {
  return {
    name: way.name,
    world() {
      const prefix = `test-${randomUUID()}`;
      return (upstream = "api") =>
        createRedisLessons(upstream, {
          redis: way.connect(),
          news: new News(way.subscribe()),
          prefix,
          clock: nodeClock,
        });
    },
    close() {},
  };
}

function sqliteProvider(): Provider {
  const folder = mkdtempSync(join(tmpdir(), "sluice-lessons-"));
  const databases: DatabaseSync[] = [];
  return {
    name: "sqlite",
    world() {
      const file = join(folder, `${randomUUID()}.db`);
      return (upstream = "api") => {
        const database = openDatabase(file, { busyMs: 1000 });
        databases.push(database);
        return createSqliteLessons(upstream, { database, clock: nodeClock });
      };
    },
    close() {
      for (const database of databases) if (database.isOpen) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function memoryProvider(): Provider {
  return {
    name: "memory",
    world() {
      const tables = new Map<string, SharedLessons>();
      return (upstream = "api") => {
        const table = tables.get(upstream) ?? new SharedLessons();
        tables.set(upstream, table);
        return createMemoryLessons(table);
      };
    },
    close() {},
  };
}

describe.each([...WAYS.map(redisProvider), sqliteProvider(), memoryProvider()])(
  "lessons in $name",
  (provider) => {
    const opened: LessonStore[] = [];
    const worldOf = () => {
      const open = provider.world();
      return (upstream?: string): LessonStore => {
        const store = open(upstream);
        opened.push(store);
        return store;
      };
    };

    afterAll(async () => {
      await Promise.all(opened.map((store) => store.close()));
      provider.close();
    });

    it("begin with nothing, are changed over the version that was read, and are known at once", async () => {
      const store = worldOf()();
      expect(await store.read()).toEqual({ version: 0, text: "" });
      expect(await store.change("first", 0)).toBe(true);
      expect(store.known).toEqual({ version: 1, text: "first" });
      expect(await store.read()).toEqual({ version: 1, text: "first" });
    });

    it("are changed by one of two that decided on the same version; the other knows of it", async () => {
      const open = worldOf();
      const [one, two] = [open(), open()];
      const done = await Promise.all([one.change("one", 0), two.change("two", 0)]);
      expect(done.filter(Boolean)).toHaveLength(1);
      await Promise.all([one.read(), two.read()]);
      expect(one.known).toEqual(two.known);
      expect(one.known.version).toBe(1);
    });

    it("reach another process without being asked for", async () => {
      const open = worldOf();
      const [one, two] = [open(), open()];
      const { promise, resolve } = Promise.withResolvers<string>();
      two.onChanged(({ text }) => resolve(text));
      await one.change("told", 0);
      expect(await promise).toBe("told");
    });

    it("are an upstream's own", async () => {
      const open = worldOf();
      const [api, other] = [open("api"), open("other")];
      await api.change("mine", 0);
      expect(await other.read()).toEqual({ version: 0, text: "" });
    });
  },
);
