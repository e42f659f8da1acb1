import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRedisWays, type RedisWay } from "../support/redis-ways.ts";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, inject, it } from "vitest";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import { createRedisCacheStore } from "../../src/adapters/redis/cache-store.ts";
import { News } from "../../src/adapters/redis/news.ts";
import { createSqliteCacheStore } from "../../src/adapters/sqlite/cache-store.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { RedisCommands } from "../../src/adapters/redis/commands.ts";
import type { CacheStore } from "../../src/ports/cache-store.ts";
import type { Clock } from "../../src/ports/clock.ts";

/** How a store of the suite is opened. */
interface OpenOptions {
  readonly onDamaged?: (key: string) => void;
  readonly clock?: Clock;
  readonly nearBytes?: number;
  readonly maxBytes?: number;
  /** True: no message of another process arrives. */
  readonly deaf?: boolean;
}

/** What the suite needs of an adapter: stores that share their contents, as processes do. */
interface Provider {
  readonly name: string;
  readonly clock: Clock;
  open(options?: OpenOptions): CacheStore;
  /** Moves the time by which responses expire. */
  advance(ms: number): Promise<void>;
  /** Lets a mark of the shortest kind run out. */
  outlastMark(): Promise<void>;
  /** Changes a byte in each record that is kept. */
  damage(): Promise<void>;
  /** Makes each record that is kept one of another version. */
  age(): Promise<void>;
  /** Records that are kept, whatever can still be read of them. */
  count(): Promise<number>;
  /** A store whose contents are out of reach. */
  openUnreachable(): CacheStore;
  close(): Promise<void>;
}

const LONG_MS = 3_600_000;
const NEAR_BYTES = 10_000_000;

/** A clock that both adapters take; where the store has one of its own, no test waits for it. */
function movableClock() {
  let aheadMs = 0;
  const clock: Clock = {
    now: () => Date.now() + aheadMs,
    monotonic: () => performance.now() + aheadMs,
    sleep: (ms, signal) => nodeClock.sleep(ms, signal),
  };
  return {
    clock,
    advance: async (ms: number) => {
      aheadMs += ms;
    },
  };
}

/** A clock that goes on while whoever sleeps by it is never woken, as when an event loop stands still. */
const stuckClock: Clock = {
  ...nodeClock,
  sleep: (_, signal) => {
    const { promise, reject } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => reject(signal.reason));
    return promise;
  },
};

const WAYS = await openRedisWays(inject("redisUrl"), inject("redisClusterUrl"));
afterAll(() => WAYS.forEach((way) => way.close()));

function redisProvider(way: RedisWay, nearBytes: number): Provider {
  const prefix = `test-${randomUUID()}`;
  const stores: CacheStore[] = [];
  const movable = movableClock();
  const open = (redis: RedisCommands, { deaf = false, ...options }: OpenOptions): CacheStore => {
    const subscriber = way.subscribe();
    if (deaf) subscriber.disconnect();
    const store = createRedisCacheStore({
      redis,
      news: new News(subscriber),
      prefix,
      maxBytes: 100_000_000,
      nearBytes,
      onDamaged() {},
      clock: movable.clock,
      ...options,
    });
    stores.push(store);
    return store;
  };
  const change = async (edit: (record: Buffer) => void): Promise<void> => {
    const redis = way.connect();
    for (const { key, field, entry } of await entries()) {
      edit(entry);
      await redis.hset(key, field, entry);
    }
  };
  const entries = async (): Promise<{ key: string; field: string; entry: Buffer }[]> => {
    const redis = way.connect();
    const found = [];
    for (const key of await way.keys(`${prefix}:r:`)) {
      for (const [field, entry] of Object.entries(await redis.hgetallBuffer(key))) {
        found.push({ key, field, entry });
      }
    }
    return found;
  };
  return {
    name: nearBytes > 0 ? `${way.name}, near` : way.name,
    ...movable,
    open: (options = {}) => open(way.connect(), options),
    // Redis' own clock.
    outlastMark: () => nodeClock.sleep(600, AbortSignal.timeout(2000)),
    damage: () => change((entry) => (entry[entry.length - 1] = (entry.at(-1) ?? 0) ^ 1)),
    age: () => change((entry) => (entry[16 + 3] = 1)),
    count: async () => (await entries()).length,
    openUnreachable: () => open(way.connectToNobody(), {}),
    async close() {
      await Promise.allSettled(stores.map((store) => store.close()));
    },
  };
}

function sqliteProvider(nearBytes: number): Provider {
  const folder = mkdtempSync(join(tmpdir(), "sluice-cache-"));
  const databases: DatabaseSync[] = [];
  const movable = movableClock();
  const connect = (): DatabaseSync => {
    const database = openDatabase(join(folder, "cache.db"), { busyMs: 1000 });
    databases.push(database);
    return database;
  };
  const openOn = (database: DatabaseSync, options: OpenOptions): CacheStore =>
    createSqliteCacheStore({
      database,
      clock: movable.clock,
      boot: "boot",
      maxBytes: 100_000_000,
      nearBytes,
      onDamaged() {},
      ...options,
    });
  const change = async (edit: (record: Uint8Array) => void): Promise<void> => {
    const database = connect();
    const update = database.prepare("UPDATE responses SET record = ? WHERE id = ?");
    for (const { id, record } of database.prepare("SELECT id, record FROM responses").all()) {
      if (!(record instanceof Uint8Array)) throw new Error("no record");
      edit(record);
      update.run(record, id ?? null);
    }
  };
  return {
    name: nearBytes > 0 ? "sqlite, near" : "sqlite",
    ...movable,
    open: (options = {}) => openOn(connect(), options),
    outlastMark: () => movable.advance(600),
    damage: () => change((record) => (record[record.length - 1] = (record.at(-1) ?? 0) ^ 1)),
    age: () => change((record) => (record[3] = 1)),
    async count() {
      return Number(connect().prepare("SELECT count(*) AS rows FROM responses").get()?.["rows"]);
    },
    openUnreachable() {
      const database = connect();
      const store = openOn(database, {});
      database.close();
      return store;
    },
    async close() {
      for (const database of databases) if (database.isOpen) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const PROVIDERS = [0, NEAR_BYTES].flatMap((nearBytes) => [
  ...WAYS.map((way) => () => redisProvider(way, nearBytes)),
  () => sqliteProvider(nearBytes),
]);

describe.each(PROVIDERS.map((create) => create()))("a cache store in $name", (provider) => {
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

  it("usage() counts URLs and bytes, until they are removed", async () => {
    const key = randomUUID();
    const before = await store.usage();
    await store.write(key, storedResponse({ variant: "one" }), LONG_MS);
    const one = await store.usage();
    expect(one.responses).toBe(before.responses + 1);
    expect(one.bytes).toBeGreaterThan(before.bytes);
    await store.write(key, storedResponse({ variant: "two" }), LONG_MS);
    const two = await store.usage();
    expect(two.responses).toBe(one.responses);
    expect(two.bytes).toBeGreaterThan(one.bytes);
    await store.remove(key);
    expect(await store.usage()).toEqual(before);
  });

  it("read() leaves out each variant after its own time, whatever the others' is", async () => {
    const key = randomUUID();
    await store.write(key, storedResponse({ variant: "long" }), LONG_MS);
    await store.write(key, storedResponse({ variant: "short" }), 5000);
    await provider.advance(4000);
    expect(await variants(key)).toEqual(["long", "short"]);
    // What is held in memory may be found for a minute more.
    await provider.advance(provider.name.endsWith("near") ? 60_000 : 1000);
    expect(await variants(key)).toEqual(["long"]);
  });

  it.each<[string, (from: CacheStore, key: string, name: string) => Promise<void>]>([
    ["another variant", (from, key) => from.write(key, storedResponse({ variant: "b" }), LONG_MS)],
    ["the same anew", (from, key) => from.write(key, storedResponse({ status: 404 }), LONG_MS)],
    ["that it was removed", (from, key) => from.remove(key)],
    ["a hard bump", (from, _key, name) => from.bump([name], "hard")],
    ["a soft bump", (from, _key, name) => from.bump([name], "soft")],
    ["a mark", (from, _key, name) => from.mark({ writer: "w", names: [name], forMs: LONG_MS })],
  ])("confirm() confirms no reading after %s by another process", async (_what, change) => {
    const [key, name] = [randomUUID(), randomUUID()];
    await store.write(key, storedResponse(), LONG_MS);
    const reading = await store.read(key, [name]);
    await change(provider.open(), key, name);
    expect(await store.confirm(reading)).toBe(false);
    expect(await store.confirm({ ...reading })).toBe(false);
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
    const seen = new Set([never?.hard]);
    for (let round = 0; round < 20; round += 1) {
      await store.bump([name, second], "hard");
      const { generations } = await store.read("key", [name, other, second]);
      expect(generations[1]).toEqual(never);
      expect(generations.map((one) => one.name)).toEqual([name, other, second]);
      seen.add(generations[0]?.hard);
    }
    expect(seen.size).toBe(21);
    await store.bump([], "hard");
  });

  it("read() brings what another store over the same contents did", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const other = provider.open();
    await other.write(key, storedResponse(), LONG_MS);
    expect(await variants(key)).toEqual(["v1"]);
    const before = await store.read(key, [name]);
    await other.bump([name], "hard");
    const { generations } = await store.read(key, [name]);
    expect(generations).toEqual((await other.read(key, [name])).generations);
    expect(generations).not.toEqual(before.generations);
    await other.remove(key);
    // What is held in memory may be found for a moment.
    await expect.poll(() => variants(key)).toEqual([]);
    await other.close();
  });

  it("read() takes a damaged record for a miss, tells of it once and removes it", async () => {
    const key = randomUUID();
    const told: string[] = [];
    const listening = provider.open({ onDamaged: (damagedKey) => told.push(damagedKey) });
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
    ["generations()", (unreachable) => unreachable.generations(["a"])],
    ["mark()", (unreachable) => unreachable.mark({ writer: "w", names: ["a"], forMs: 1000 })],
    ["unmark()", (unreachable) => unreachable.unmark({ writer: "w", names: ["a"] })],
    ["remove()", (unreachable) => unreachable.remove("key")],
    ["bump()", (unreachable) => unreachable.bump(["a", "b"], "hard")],
  ])("%s raises a StoreFault, when the contents are out of reach", async (_, work) => {
    await expect(work(provider.openUnreachable())).rejects.toThrow(StoreFault);
  });

  it("read() takes a record of another version for a miss", async () => {
    const key = randomUUID();
    const reader = provider.open();
    await store.write(key, storedResponse(), LONG_MS);
    await provider.age();
    expect(await variants(key, reader)).toEqual([]);
    await reader.close();
  });

  it("bump() softly changes the soft token alone, hard the hard one alone", async () => {
    const [name] = [randomUUID()];
    const first = (await store.generations([name]))[0];
    await store.bump([name], "soft");
    const second = (await store.generations([name]))[0];
    expect(second).toEqual({ ...first, soft: expect.not.stringMatching(`^${first?.soft}$`) });
    await store.bump([name], "hard");
    const third = (await store.generations([name]))[0];
    expect(third).toEqual({ ...second, hard: expect.any(String) });
    expect(third?.hard).not.toBe(second?.hard);
  });

  it("generations() says what read() says, in the order asked, pending or not", async () => {
    const [name, other] = [randomUUID(), randomUUID()];
    await store.bump([name], "hard");
    await store.mark({ writer: "w", names: [other], forMs: 60_000 });
    const names = [other, name, other];
    const generations = await store.generations(names);
    expect(generations).toEqual((await store.read("key", names)).generations);
    expect(generations.map((one) => one.pending)).toEqual([true, false, true]);
    expect(await store.generations([])).toEqual([]);
  });

  it("mark() makes names pending until every writer has taken its marks back", async () => {
    const [name, other] = [randomUUID(), randomUUID()];
    const pending = async () => (await store.generations([name, other])).map((one) => one.pending);
    const before = await store.generations([name, other]);
    await store.mark({ writer: "one", names: [name], forMs: 60_000 });
    await store.mark({ writer: "two", names: [name, other], forMs: 60_000 });
    expect(await pending()).toEqual([true, true]);
    await store.unmark({ writer: "two", names: [name, other] });
    expect(await pending()).toEqual([true, false]);
    await store.unmark({ writer: "one", names: [name] });
    expect(await store.generations([name, other])).toEqual(before);
  });

  it("mark() invalidates by itself, once it has run out", async () => {
    const names = Array.from({ length: 4 }, () => randomUUID());
    const [name = "", late = "", again = "", untouched = ""] = names;
    const before = await store.generations(names);
    await store.mark({ writer: "w", names: [name, late, again], forMs: 20 });
    await provider.outlastMark();
    // Neither the taking back nor a further mark makes it forgotten.
    await store.unmark({ writer: "w", names: [late] });
    await store.mark({ writer: "w", names: [again], forMs: 60_000 });
    const after = await store.generations(names);
    expect(after.map(({ hard }, index) => hard === before[index]?.hard)).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(after.map((one) => one.pending)).toEqual([false, false, true, false]);
    expect(untouched).toBe(after[3]?.name);
    expect(await store.generations([name])).toEqual([after[0]]);
  });

  it("write() keeps all responses within the bound, the least recently used going first", async () => {
    const bounded = redisOrSqlite(provider);
    const small = bounded.open({ maxBytes: 50_000, nearBytes: 0 });
    for (const key of ["a", "b", "c", "d"]) {
      await small.write(key, storedResponse({ body: noise(10_000) }), LONG_MS);
      await bounded.advance(61_000);
    }
    expect(await variants("a", small)).toEqual(["v1"]);
    await expect
      .poll(async () => {
        await small.write("e", storedResponse({ body: noise(10_000) }), LONG_MS);
        return Promise.all(
          ["a", "b", "c", "d", "e"].map(async (key) => (await variants(key, small)).length),
        );
      })
      .toEqual([1, 0, 1, 1, 1]);
    await small.write("large", storedResponse({ body: noise(60_000) }), LONG_MS);
    expect(await variants("large", small)).toEqual([]);
    await bounded.close();
  });
});

/** Contents of its own, since a bound is one for all. */
function redisOrSqlite({ name }: Provider): Provider {
  const way = WAYS.find((one) => name.replace(", near", "") === one.name);
  return way ? redisProvider(way, 0) : sqliteProvider(0);
}

/** Bytes that cannot be made fewer. */
function noise(length: number): Uint8Array {
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647) & 255;
  return Uint8Array.from({ length }, next);
}

/** Has `from` hold an answer that hangs on `name`, and sees that it answers from memory. */
async function warm(from: CacheStore, key: string, name: string) {
  const [now] = await from.generations([name]);
  const dependency = [name, now?.hard ?? "", now?.soft ?? ""] as const;
  await from.write(key, storedResponse({ generations: [dependency] }), LONG_MS);
  let last = await from.read(key, [name]);
  await expect
    .poll(async () => {
      const before = last;
      last = await from.read(key, [name]);
      return last.variants === before.variants;
    })
    .toBe(true);
  return last.generations[0];
}

const NEAR = [...WAYS.map((way) => redisProvider(way, NEAR_BYTES)), sqliteProvider(NEAR_BYTES)];

describe.each(NEAR)("near caches over one store in $name", (provider) => {
  const [a, b] = [provider.open(), provider.open()];
  const isRedis = provider.name.startsWith("redis");
  afterAll(() => provider.close());

  it.each(["hard", "soft"] as const)(
    "bump() leaves nobody an older generation, when it is %s",
    async (kind) => {
      const [key, name] = [randomUUID(), randomUUID()];
      for (let round = 0; round < 10; round += 1) {
        const [writer, reader] = round % 2 === 0 ? [a, b] : [b, a];
        const before = await warm(reader, key, name);
        await writer.bump([name], kind);
        const { generations } = await reader.read(key, [name]);
        expect(generations[0]?.[kind]).not.toBe(before?.[kind]);
        expect(await reader.generations([name])).toEqual(generations);
      }
    },
  );

  it("bump() reaches what a response hangs on beside the names that were asked for", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const [now] = await b.generations([name]);
    const dependency = [name, now?.hard ?? "", now?.soft ?? ""] as const;
    await b.write(key, storedResponse({ generations: [dependency] }), LONG_MS);
    const hit = async () => (await b.read(key, [])).variants === b.held(key)?.variants;
    await expect.poll(hit).toBe(true);
    const before = b.held(key);
    await a.bump([name], "hard");
    expect((await b.read(key, [])).variants).not.toBe(before?.variants);
    expect((await b.generations([name]))[0]?.hard).not.toBe(now?.hard);
  });

  it("bump() is heard by a process to which no message comes", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const deaf = provider.open({ deaf: true });
    for (const [writer, reader] of [
      [a, deaf],
      [deaf, a],
    ] as const) {
      const before = await warm(reader, key, name);
      await writer.bump([name], "hard");
      const { generations } = await reader.read(key, [name]);
      expect(generations[0]?.hard).not.toBe(before?.hard);
    }
    await deaf.close();
  });

  it("bump() waits for a process that hangs until its lease is over, once, where processes have leases", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const hanging = provider.open({ deaf: true, clock: stuckClock });
    const before = await warm(hanging, key, name);
    const start = performance.now();
    await a.bump([name], "hard");
    const took = performance.now() - start;
    expect((await hanging.read(key, [name])).generations[0]?.hard).not.toBe(before?.hard);
    expect(took).toBeGreaterThan(isRedis ? 300 : 0);
    expect(took).toBeLessThan(1000);
    await a.bump([name], "hard");
    expect(performance.now() - start - took).toBeLessThan(250);
    await hanging.close();
  });

  it("read() finds what another process writes, though it held the key", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    await warm(b, key, name);
    await a.write(key, storedResponse({ variant: "new" }), LONG_MS);
    await expect.poll(async () => (await b.read(key, [name])).variants.length).toBe(2);
    await a.remove(key);
    await expect.poll(async () => (await b.read(key, [name])).variants.length).toBe(0);
  });

  it("mark() is seen by whoever held an answer, and nothing is held while it lasts", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    await warm(b, key, name);
    await a.mark({ writer: "w", names: [name], forMs: 60_000 });
    const pending = async () => (await b.read(key, [name])).generations[0]?.pending;
    await expect.poll(pending).toBe(true);
    expect(b.held(key)).toBeUndefined();
    await a.unmark({ writer: "w", names: [name] });
    expect(await pending()).toBe(false);
  });

  it("held() keeps what it had when nothing is known any more, but never what was changed here", async () => {
    const [key, other, name] = [randomUUID(), randomUUID(), randomUUID()];
    await warm(b, key, name);
    await warm(b, other, randomUUID());
    await provider.advance(10_000);
    expect(b.held(key)?.variants).toHaveLength(1);
    await b.bump([name], "hard");
    expect(b.held(key)).toBeUndefined();
    expect(b.held(other)).toBeDefined();
    await b.remove(other);
    expect(b.held(other)).toBeUndefined();
  });

  it("no history of reads, writes and bumps shows what was current before a bump that had returned", async () => {
    const stores = [a, b, provider.open(), provider.open({ nearBytes: 0 })];
    const names = ["x", "y", "z"].map((letter) => `${letter}-${randomUUID()}`);
    const random = seeded(7);
    const pick = <Item>(items: readonly Item[]): Item =>
      items[Math.floor(random() * items.length)] as Item;
    const dead = new Map(names.map((name) => [name, new Set<string>()]));
    const seen = new Map(names.map((name) => [name, new Set<string>()]));
    const stale: string[] = [];
    let hits = 0;
    const look = async (): Promise<void> => {
      const deadBefore = new Map([...dead].map(([name, tokens]) => [name, new Set(tokens)]));
      const asked = names.filter(() => random() < 0.7);
      const key = pick(["k1", "k2"]);
      const store = pick(stores);
      const held = store.held(key);
      const { generations, variants } = await store.read(key, asked);
      if (variants === held?.variants) hits += 1;
      for (const { name, hard, soft } of generations) {
        seen.get(name)?.add(hard).add(soft);
        if (deadBefore.get(name)?.has(hard)) stale.push(hard);
        if (deadBefore.get(name)?.has(soft)) stale.push(soft);
      }
      const under = generations.map(({ name, hard, soft }) => [name, hard, soft] as const);
      if (random() < 0.3) await store.write(key, storedResponse({ generations: under }), LONG_MS);
    };
    const change = async (): Promise<void> => {
      const name = pick(names);
      const kind = pick(["hard", "soft"] as const);
      const before = (await pick(stores).generations([name]))[0];
      await pick(stores).bump([name], kind);
      // The first soft token is one that never comes again, too.
      dead.get(name)?.add(before?.[kind] ?? "");
    };
    const lives = Array.from({ length: 6 }, async (_, life) => {
      for (let step = 0; step < 150; step += 1) {
        await (life < 4 || step % 10 > 0 ? look() : change());
      }
    });
    await Promise.all(lives);
    expect(stale).toEqual([]);
    expect([...seen.values()].every((tokens) => tokens.size > 5)).toBe(true);
    expect(hits).toBeGreaterThan(10);
  });
});

/** Numbers from 0 to 1, the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe("MemoryCacheStore, the tests' own", () => {
  it("gives generations as the stores do", async () => {
    const store = new MemoryCacheStore();
    const [before] = await store.generations(["a"]);
    await store.bump(["a"], "soft");
    await store.mark({ writer: "w", names: ["a"], forMs: 1000 });
    const [after] = await store.generations(["a"]);
    expect(after).toEqual({ ...before, soft: expect.any(String), pending: true });
    expect(after?.soft).not.toBe(before?.soft);
  });
});
