import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { nodeClock } from "../../../src/adapters/node-clock.ts";
import { createRedisConsumers } from "../../../src/adapters/redis/consumers.ts";
import { News } from "../../../src/adapters/redis/news.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { storedConsumer } from "../../support/memory-consumers.ts";
import type { ConsumerList, ConsumerStore } from "../../../src/ports/consumers.ts";

const connections: Redis[] = [];

function connect(): Redis {
  const redis = new Redis(inject("redisUrl"));
  connections.push(redis.on("error", () => {}));
  return redis;
}

/** `deaf`: no message arrives. */
function open(prefix: string, { deaf = false, clock = nodeClock } = {}): ConsumerStore {
  const subscriber = connect();
  if (deaf) subscriber.disconnect();
  const news = new News(subscriber);
  return createRedisConsumers({ redis: connect(), news, prefix, clock, onDamaged: () => {} });
}

function next(store: ConsumerStore): Promise<ConsumerList> {
  const { promise, resolve } = Promise.withResolvers<ConsumerList>();
  store.onChanged(resolve);
  return promise;
}

const put = (name: string) => ({ kind: "put", consumer: storedConsumer(name) }) as const;

describe("createRedisConsumers()", () => {
  afterAll(() => {
    for (const redis of connections) redis.disconnect();
  });

  it("hears of a change at once, by message", async () => {
    const prefix = `test-${randomUUID()}`;
    // A clock that nobody moves: nothing is looked at by itself.
    const hearer = open(prefix, { clock: new FakeClock() });
    const writer = open(prefix);
    await hearer.list();
    const told = next(hearer);
    await writer.change(put("a"), 0);
    expect((await told).version).toBe(1);
    await Promise.all([hearer.close(), writer.close()]);
  });

  it("looks by itself where messages are lost", async () => {
    const prefix = `test-${randomUUID()}`;
    const deaf = open(prefix, { deaf: true });
    const writer = open(prefix);
    const told = next(deaf);
    const since = performance.now();
    await writer.change(put("a"), 0);
    expect((await told).consumers).toHaveLength(1);
    expect(performance.now() - since).toBeLessThan(1000);
    await Promise.all([deaf.close(), writer.close()]);
  });

  it("writes the list back into a Redis that came back empty or with an older one, gate included", async () => {
    const prefix = `test-${randomUUID()}`;
    const key = `${prefix}:consumers`;
    const store = open(prefix, { clock: new FakeClock() });
    await store.change(put("a"), 0);
    const redis = connect();
    const old = await redis.hgetall(key);
    await store.change(put("b"), 1);
    await redis.del(key);
    await store.list();
    const starting = open(prefix, { clock: new FakeClock() });
    const whole = await starting.list();
    expect(whole).toEqual(store.known);
    expect([whole.gate, whole.consumers.length]).toEqual(["closed", 2]);
    await redis.multi().del(key).hset(key, old).exec();
    await store.list();
    expect((await starting.list()).consumers).toHaveLength(2);
    await Promise.all([store.close(), starting.close()]);
  });

  it("never writes an older list over a later one", async () => {
    const prefix = `test-${randomUUID()}`;
    const late = open(prefix, { clock: new FakeClock(), deaf: true });
    const store = open(prefix);
    await store.change(put("a"), 0);
    await late.list();
    await store.change({ kind: "remove", name: "a" }, 1);
    expect((await late.list()).consumers).toEqual([]);
    expect((await store.list()).version).toBe(2);
    await Promise.all([late.close(), store.close()]);
  });

  it("keeps strangers out where the gate cannot be read", async () => {
    const prefix = `test-${randomUUID()}`;
    await connect().hset(`${prefix}:consumers`, { "#version": "3", "#gate": "ajar" });
    const store = open(prefix);
    expect((await store.list()).gate).toBe("closed");
    await store.close();
  });
});
