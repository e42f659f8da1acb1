import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { MAX_KEEP_MS, GENERATION_MS } from "../../../src/adapters/record.ts";
import { nodeClock } from "../../../src/adapters/node-clock.ts";
import { createRedisCacheStore } from "../../../src/adapters/redis/cache-store.ts";
import { connectRedis, redisReady } from "../../../src/adapters/redis/connect.ts";
import { News } from "../../../src/adapters/redis/news.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { startRedis } from "../../support/redis-instance.ts";
import { storedResponse } from "../../support/stored-response.ts";
import type { CacheStore } from "../../../src/ports/cache-store.ts";

const redis = new Redis(inject("redisUrl"));
const subscriber = new Redis(inject("redisUrl"));
const news = new News(subscriber);
afterAll(() => {
  redis.disconnect();
  subscriber.disconnect();
});

const LONG_MS = 3_600_000;

const BOUNDS = { maxBytes: 10_000_000, nearBytes: 0, onDamaged() {}, clock: nodeClock };

function open(now = Date.now) {
  const prefix = `test-${randomUUID()}`;
  const clock = { ...nodeClock, now };
  const store = createRedisCacheStore({ ...BOUNDS, redis, news, prefix, clock });
  const onlyKey = async (kind: "r" | "{names}:g"): Promise<string> => {
    const keys = await redis.keys(`${prefix}:${kind}:*`);
    expect(keys).toHaveLength(1);
    return keys[0] ?? "";
  };
  return { store, prefix, onlyKey };
}

/** To whom nothing is told. */
class DeafNews extends News {
  override listen(): void {}
}

/** A connection as the gateway has it, to a Redis of one's own. */
async function ownRedis(args: readonly string[] = []) {
  const instance = await startRedis({ args });
  const own = connectRedis({ url: instance.url, name: "test", onTrouble() {}, onWell() {} });
  await redisReady(own, 5000);
  const store = createRedisCacheStore({ ...BOUNDS, redis: own, news, prefix: "test" });
  return {
    instance,
    store,
    own,
    async [Symbol.asyncDispose]() {
      own.disconnect();
      await instance.stop();
    },
  };
}

const WORKS: ((store: CacheStore) => Promise<unknown>)[] = [
  (store) => store.read("key", ["a", "b"]),
  (store) => store.write("key", storedResponse(), LONG_MS),
  (store) => store.generations(["a"]),
  (store) => store.mark({ writer: "w", names: ["a"], forMs: 1000 }),
  (store) => store.unmark({ writer: "w", names: ["a"] }),
  (store) => store.remove("key"),
  (store) => store.bump(["a", "b"], "hard"),
];

function reasonOf(outcome: PromiseSettledResult<unknown>): unknown {
  return outcome.status === "rejected" ? outcome.reason : "did not fail";
}

describe("confirm()", () => {
  it("confirms what is there as it was, until a variant of it ends", async () => {
    let now = Date.now();
    const { store } = open(() => now);
    const [key, name] = [randomUUID(), randomUUID()];
    await store.write(key, storedResponse({ variant: "a" }), LONG_MS);
    await store.write(key, storedResponse({ variant: "b" }), 60_000);
    const reading = await store.read(key, [name]);
    expect([await store.confirm(reading), await store.confirm(reading)]).toEqual([true, true]);
    now += 60_000;
    expect(await store.confirm(reading)).toBe(false);
  });
});

describe("createRedisCacheStore()", () => {
  it("takes nothing for current that it kept from before a restart which may have lost a bump (P7)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-redis-"));
    await using world = await ownRedis(["--dir", folder]);
    const { store, own, instance } = world;
    const { generations } = await store.read("key", ["name"]);
    const stored = storedResponse({ generations: [["name", generations[0]?.hard ?? "", ""]] });
    await store.write("key", stored, LONG_MS);
    await own.save();
    await store.bump(["name"], "hard");
    await instance.restart();
    await expect.poll(() => own.status, { timeout: 5000 }).toBe("ready");
    const later = await store.read("key", ["name"]);
    expect(later.variants).toHaveLength(1);
    expect(later.generations[0]?.hard).not.toBe(generations[0]?.hard);
    rmSync(folder, { recursive: true });
  });

  it("writes keys that hold neither URL nor name, each with a hash tag", async () => {
    const { store, onlyKey, prefix } = open();
    await store.write("GET https://example.test/secret", storedResponse(), LONG_MS);
    await store.bump(["group secret"], "hard");
    expect(await onlyKey("r")).toMatch(new RegExp(`^${prefix}:r:\\{[0-9a-f]{64}\\}$`));
    expect(await onlyKey("{names}:g")).toMatch(
      new RegExp(`^${prefix}:\\{names\\}:g:[0-9a-f]{64}$`),
    );
  });

  it("write() lengthens the expiry of a key and never shortens it", async () => {
    const { store, onlyKey } = open();
    await store.write("key", storedResponse({ variant: "one" }), 50_000);
    const key = await onlyKey("r");
    await store.write("key", storedResponse({ variant: "two" }), 90_000);
    expect(await redis.pttl(key)).toBeGreaterThan(80_000);
    await store.write("key", storedResponse({ variant: "three" }), 10_000);
    expect(await redis.pttl(key)).toBeGreaterThan(80_000);
  });

  it("write() keeps nothing for longer than the bound", async () => {
    const { store, onlyKey } = open();
    await store.write("key", storedResponse(), Infinity);
    const ttl = await redis.pttl(await onlyKey("r"));
    expect(ttl).toBeLessThanOrEqual(MAX_KEEP_MS);
    expect(ttl).toBeGreaterThan(MAX_KEEP_MS - 60_000);
  });

  it("bump() keeps a generation for as long as a response may be kept, and longer", async () => {
    const { store, onlyKey } = open();
    await store.bump(["a"], "hard");
    const ttl = await redis.pttl(await onlyKey("{names}:g"));
    expect(ttl).toBeGreaterThan(MAX_KEEP_MS);
    expect(ttl).toBeLessThanOrEqual(GENERATION_MS);
  });

  it("read() removes what has had its time, when other variants keep the key alive", async () => {
    let aheadMs = 0;
    const { store, onlyKey } = open(() => Date.now() + aheadMs);
    await store.write("key", storedResponse({ variant: "short" }), 1000);
    await store.write("key", storedResponse({ variant: "long" }), LONG_MS);
    aheadMs = 2000;
    await store.read("key", []);
    const key = await onlyKey("r");
    await expect.poll(() => redis.hkeys(key)).toEqual(["long"]);
  });

  it("read() takes foreign and short fields for damaged ones", async () => {
    const { store, onlyKey } = open();
    await store.write("key", storedResponse(), LONG_MS);
    const key = await onlyKey("r");
    const moved = (await redis.hgetallBuffer(key))["v1"] ?? "";
    await redis.hset(key, { short: "x", empty: "", other: moved });
    expect((await store.read("key", [])).variants).toHaveLength(1);
    await expect.poll(() => redis.hkeys(key)).toEqual(["v1"]);
  });

  it("read() and write() raise a StoreFault, when the key is of another type", async () => {
    const { store, onlyKey } = open();
    await store.write("key", storedResponse(), LONG_MS);
    await redis.set(await onlyKey("r"), "text");
    await expect(store.read("key", [])).rejects.toThrow(StoreFault);
    await expect(store.write("key", storedResponse(), LONG_MS)).rejects.toThrow(StoreFault);
  });

  it("raises a StoreFault from every method within a second, when Redis hangs", async () => {
    await using setting = await ownRedis();
    setting.instance.freeze();
    const start = performance.now();
    const outcomes = await Promise.allSettled(WORKS.map((work) => work(setting.store)));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(outcomes.map(reasonOf)).toEqual(WORKS.map(() => expect.any(StoreFault)));
  });

  it("raises a StoreFault from every method within 600 ms, when Redis is gone", async () => {
    await using setting = await ownRedis();
    await setting.instance.stop();
    const start = performance.now();
    const outcomes = await Promise.allSettled(WORKS.map((work) => work(setting.store)));
    expect(performance.now() - start).toBeLessThan(600);
    expect(outcomes.map(reasonOf)).toEqual(WORKS.map(() => expect.any(StoreFault)));
  });

  it("works again, when Redis is back", async () => {
    await using setting = await ownRedis();
    await setting.instance.stop();
    await expect(setting.store.bump(["a"], "hard")).rejects.toThrow(StoreFault);
    await setting.instance.restart();
    await redisReady(setting.own, 5000);
    await setting.store.write("key", storedResponse(), LONG_MS);
    expect((await setting.store.read("key", [])).variants).toEqual([storedResponse()]);
  });

  it("names nothing of the response in its faults", async () => {
    await using setting = await ownRedis();
    await setting.own.config("SET", "maxmemory", "1");
    const body = new TextEncoder().encode("secret body");
    const fault: unknown = await setting.store
      .write("key", storedResponse({ body }), LONG_MS)
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(StoreFault);
    expect(String(fault)).toContain("OOM");
    expect(fault).not.toHaveProperty("cause.command");
  });

  it("bump() works when Redis has no memory left", async () => {
    await using setting = await ownRedis();
    const [before] = await setting.store.generations(["a"]);
    await setting.own.config("SET", "maxmemory", "1");
    await setting.store.bump(["a"], "hard");
    await setting.own.config("SET", "maxmemory", "0");
    expect((await setting.store.generations(["a"]))[0]?.hard).not.toBe(before?.hard);
  });

  it("write() takes out of Redis what went for it, and remove() counts it no more", async () => {
    const prefix = `test-${randomUUID()}`;
    const bounds = { ...BOUNDS, maxBytes: 3000 };
    const store = createRedisCacheStore({ ...bounds, redis, news, prefix });
    for (let index = 0; index < 10; index += 1) {
      await store.write(`k${index}`, storedResponse(), LONG_MS);
    }
    const kept = (await redis.keys(`${prefix}:r:*`)).length;
    expect(kept).toBeGreaterThan(1);
    expect(kept).toBeLessThan(6);
    for (let index = 0; index < 10; index += 1) await store.remove(`k${index}`);
    expect(await redis.get(`${prefix}:{kept}:total`)).toBe("0");
  });

  it("mark() lasts long enough to be heard of everywhere, however short it was asked for", async () => {
    const { store, onlyKey } = open();
    await store.mark({ writer: "w", names: ["a"], forMs: 1 });
    const till = Number(await redis.hget(await onlyKey("{names}:g"), "m:w"));
    expect(till - Date.now()).toBeGreaterThan(450);
  });

  it("bump() leaves no older answer in a memory that Redis has forgotten of", async () => {
    const prefix = `test-${randomUUID()}`;
    const connections = Array.from({ length: 2 }, () => new Redis(inject("redisUrl")));
    const [reader, writer] = connections.map((connection) =>
      createRedisCacheStore({
        ...BOUNDS,
        nearBytes: 1_000_000,
        redis: connection,
        // It hears nothing, and renews when it would.
        news: new DeafNews(subscriber),
        prefix,
      }),
    );
    if (!reader || !writer) throw new Error("two stores");
    const under = (await reader.generations(["a"])).map((one) => [one.name, one.hard, one.soft]);
    const generations = under as unknown as [string, string, string][];
    await reader.write("key", storedResponse({ generations }), LONG_MS);
    await expect
      .poll(async () => {
        const { variants } = await reader.read("key", ["a"]);
        return variants === reader.held("key")?.variants;
      })
      .toBe(true);
    await redis.del(...(await redis.keys(`${prefix}:{names}:*`)));
    await writer.bump(["a"], "hard");
    expect((await reader.read("key", ["a"])).generations[0]?.hard).not.toBe(generations[0]?.[1]);
    await Promise.all([reader.close(), writer.close()]);
    for (const connection of connections) connection.disconnect();
  });

  it("bump() takes a few milliseconds over three processes that are well", async () => {
    const prefix = `test-${randomUUID()}`;
    const connections: Redis[] = [];
    const connect = (): Redis => {
      const connection = new Redis(inject("redisUrl"));
      connections.push(connection);
      return connection;
    };
    const stores = Array.from({ length: 4 }, () =>
      createRedisCacheStore({
        ...BOUNDS,
        nearBytes: 1_000_000,
        redis: connect(),
        news: new News(connect()),
        prefix,
      }),
    );
    // The first waits, since Redis has no memory of this prefix yet.
    await stores[0]?.bump(["a"], "hard");
    const took: number[] = [];
    for (let round = 0; round < 50; round += 1) {
      const start = performance.now();
      await stores[0]?.bump(["a"], "hard");
      took.push(performance.now() - start);
    }
    const sorted = took.toSorted((one, two) => one - two);
    expect(sorted[25]).toBeLessThan(50);
    await Promise.all(stores.map((store) => store.close()));
    for (const connection of connections) connection.disconnect();
  });
});
