import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createRedisCacheStore } from "../../src/adapters/redis/cache-store.ts";
import { createSqliteCacheStore } from "../../src/adapters/sqlite/cache-store.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { CacheStore } from "../../src/ports/cache-store.ts";

/** What the suite needs of an adapter: stores that share their contents, as processes do. */
interface Provider {
  readonly name: string;
  readonly now: () => number;
  open(onDamaged?: (key: string) => void): CacheStore;
  /** Moves the time by which responses expire. */
  advance(ms: number): Promise<void>;
  /** Changes a byte in each record that is kept. */
  damage(): Promise<void>;
  /** Records that are kept, whatever can still be read of them. */
  count(): Promise<number>;
  /** A store whose contents are out of reach. */
  openUnreachable(): CacheStore;
  close(): Promise<void>;
}

const LONG_MS = 3_600_000;

/** A clock that both adapters take; where the store has one of its own, no test waits for it. */
function movableClock() {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    advance: async (ms: number) => {
      aheadMs += ms;
    },
  };
}

function redisProvider(): Provider {
  const prefix = `test-${randomUUID()}`;
  const connections: Redis[] = [];
  const connect = (url: string | number): Redis => {
    const options = { enableOfflineQueue: url !== 1, maxRetriesPerRequest: 0 };
    const redis = typeof url === "number" ? new Redis(url, options) : new Redis(url);
    redis.on("error", () => {});
    connections.push(redis);
    return redis;
  };
  const clock = movableClock();
  const entries = async (): Promise<{ key: string; field: string; entry: Buffer }[]> => {
    const redis = connect(inject("redisUrl"));
    const found = [];
    for (const key of await redis.keys(`${prefix}:r:*`)) {
      for (const [field, entry] of Object.entries(await redis.hgetallBuffer(key))) {
        found.push({ key, field, entry });
      }
    }
    return found;
  };
  return {
    name: "redis",
    ...clock,
    open(onDamaged = () => {}) {
      const redis = connect(inject("redisUrl"));
      return createRedisCacheStore({ redis, prefix, onDamaged, now: clock.now });
    },
    async damage() {
      const redis = connect(inject("redisUrl"));
      for (const { key, field, entry } of await entries()) {
        entry[entry.length - 1] = (entry.at(-1) ?? 0) ^ 1;
        await redis.hset(key, field, entry);
      }
    },
    count: async () => (await entries()).length,
    openUnreachable: () => createRedisCacheStore({ redis: connect(1), prefix, onDamaged() {} }),
    async close() {
      for (const redis of connections) redis.disconnect();
    },
  };
}

function sqliteProvider(): Provider {
  const folder = mkdtempSync(join(tmpdir(), "sluice-cache-"));
  const databases: DatabaseSync[] = [];
  const clock = movableClock();
  const connect = (): DatabaseSync => {
    const database = openDatabase(join(folder, "cache.db"), { busyMs: 1000 });
    databases.push(database);
    return database;
  };
  const openOn = (database: DatabaseSync, onDamaged: (key: string) => void): CacheStore =>
    createSqliteCacheStore({ database, now: clock.now, maxBytes: 100_000_000, onDamaged });
  return {
    name: "sqlite",
    ...clock,
    open: (onDamaged = () => {}) => openOn(connect(), onDamaged),
    async damage() {
      const database = connect();
      const change = database.prepare("UPDATE responses SET record = ? WHERE id = ?");
      for (const { id, record } of database.prepare("SELECT id, record FROM responses").all()) {
        if (!(record instanceof Uint8Array)) throw new Error("no record");
        record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
        change.run(record, id ?? null);
      }
    },
    async count() {
      return Number(connect().prepare("SELECT count(*) AS rows FROM responses").get()?.["rows"]);
    },
    openUnreachable() {
      const database = connect();
      const store = openOn(database, () => {});
      database.close();
      return store;
    },
    async close() {
      for (const database of databases) if (database.isOpen) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe.each([redisProvider, sqliteProvider])("a cache store in %o", (createProvider) => {
  const provider = createProvider();
  const store = provider.open();
  afterAll(() => provider.close());

  async function variants(key: string, from: CacheStore = store): Promise<string[]> {
    const reading = await from.read(key, []);
    return reading.variants.map(({ variant }) => variant).toSorted();
  }

  it("read() is empty, when the key and the names were never written", async () => {
    const names = [randomUUID(), randomUUID()];
    const reading = await store.read(randomUUID(), names);
    expect(reading.variants).toEqual([]);
    expect(reading.generations).toHaveLength(2);
    expect(await store.read(randomUUID(), names)).toEqual(reading);
  });

  it.each([
    ["an empty body", new Uint8Array()],
    ["every byte there is", Uint8Array.from({ length: 256 }, (_, index) => index)],
    ["a large body", Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251)],
  ])("read() brings what write() was given, with %s", async (_, body) => {
    const key = `GET https://example.test/?q=\u00e4\u0000${randomUUID()}`;
    const latin1 = String.fromCharCode(...Array.from({ length: 256 }, (__, code) => code));
    const response = storedResponse({
      body,
      fields: ["X-Latin", latin1, "x-latin", ""],
      selecting: { accept: latin1, "accept-language": "" },
    });
    await store.write(key, response, LONG_MS);
    expect((await store.read(key, [])).variants).toEqual([response]);
  });

  it("write() keeps variants side by side and replaces one with the same id", async () => {
    const key = randomUUID();
    await store.write(key, storedResponse({ variant: "one" }), LONG_MS);
    await store.write(key, storedResponse({ variant: "two" }), LONG_MS);
    await store.write(key, storedResponse({ variant: "one", status: 404 }), LONG_MS);
    const reading = await store.read(key, []);
    const found = reading.variants.map(({ variant, status }) => `${variant} ${status}`);
    expect(found.toSorted()).toEqual(["one 404", "two 200"]);
  });

  it("write() keeps no more than 32 variants under a key, the last written ones", async () => {
    const key = randomUUID();
    const names = Array.from({ length: 35 }, (_, index) => `v${String(index).padStart(2, "0")}`);
    for (const variant of names) {
      await store.write(key, storedResponse({ variant }), LONG_MS);
      await provider.advance(1);
    }
    expect(await variants(key)).toEqual(names.slice(-32));
  });

  it("read() leaves out each variant after its own time, whatever the others' is", async () => {
    const key = randomUUID();
    await store.write(key, storedResponse({ variant: "long" }), LONG_MS);
    await store.write(key, storedResponse({ variant: "short" }), 5000);
    await provider.advance(4000);
    expect(await variants(key)).toEqual(["long", "short"]);
    await provider.advance(1000);
    expect(await variants(key)).toEqual(["long"]);
  });

  it("write() keeps nothing, when there is no time to keep it", async () => {
    const key = randomUUID();
    await store.write(key, storedResponse(), 0);
    expect(await variants(key)).toEqual([]);
  });

  it("remove() forgets all variants of a key, and no other's", async () => {
    const [key, other] = [randomUUID(), randomUUID()];
    await store.write(key, storedResponse({ variant: "one" }), LONG_MS);
    await store.write(key, storedResponse({ variant: "two" }), LONG_MS);
    await store.write(other, storedResponse(), LONG_MS);
    await store.remove(key);
    await store.remove(randomUUID());
    expect([await variants(key), await variants(other)]).toEqual([[], ["v1"]]);
  });

  it("bump() gives each name a generation it never had, and leaves the others", async () => {
    const [name, second, other] = [randomUUID(), randomUUID(), randomUUID()];
    const [never] = (await store.read("key", [other])).generations;
    const seen = new Set([never]);
    for (let round = 0; round < 20; round += 1) {
      await store.bump([name, second]);
      const { generations } = await store.read("key", [name, other, second]);
      expect(generations[1]).toBe(never);
      seen.add(generations[0]).add(generations[2]);
    }
    expect(seen.size).toBe(41);
    await store.bump([]);
  });

  it("read() brings what another store over the same contents did", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const other = provider.open();
    await other.write(key, storedResponse(), LONG_MS);
    expect(await variants(key)).toEqual(["v1"]);
    const before = await store.read(key, [name]);
    await other.bump([name]);
    const { generations } = await store.read(key, [name]);
    expect(generations).toEqual((await other.read(key, [name])).generations);
    expect(generations).not.toEqual(before.generations);
    await other.remove(key);
    expect(await variants(key)).toEqual([]);
    await other.close();
  });

  it("read() takes a damaged record for a miss, tells of it once and removes it", async () => {
    const key = randomUUID();
    const told: string[] = [];
    const listening = provider.open((damagedKey) => told.push(damagedKey));
    await store.write(key, storedResponse({ variant: "one" }), LONG_MS);
    await store.write(key, storedResponse({ variant: "two" }), LONG_MS);
    const before = await provider.count();
    await provider.damage();
    expect(await variants(key, listening)).toEqual([]);
    expect(told).toEqual([key]);
    await expect.poll(() => provider.count()).toBe(before - 2);
    expect(await variants(key, listening)).toEqual([]);
    expect(told).toEqual([key]);
    await store.write(key, storedResponse({ variant: "one" }), LONG_MS);
    expect(await variants(key, listening)).toEqual(["one"]);
  });

  it.each<[string, (store: CacheStore) => Promise<unknown>]>([
    ["read()", (unreachable) => unreachable.read("key", ["a", "b"])],
    ["write()", (unreachable) => unreachable.write("key", storedResponse(), LONG_MS)],
    ["remove()", (unreachable) => unreachable.remove("key")],
    ["bump()", (unreachable) => unreachable.bump(["a", "b"])],
  ])("%s raises a StoreFault, when the contents are out of reach", async (_, work) => {
    await expect(work(provider.openUnreachable())).rejects.toThrow(StoreFault);
  });
});
