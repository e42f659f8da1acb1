import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { Kept } from "../../../src/adapters/redis/kept.ts";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

function open(maxBytes: number) {
  const prefix = `test-${randomUUID()}`;
  const time = { now: 1000 };
  const kept = new Kept({ redis, prefix, maxBytes, now: () => time.now });
  const add = (id: string, bytes: number, endAt = 1_000_000) => {
    time.now += 1;
    return kept.count({ id, bytes, endAt });
  };
  const total = async () => Number(await redis.get(`${prefix}:{kept}:total`));
  return { kept, time, add, total };
}

describe("Kept", () => {
  it("count() names the least recently used, until the rest fits", async () => {
    const { add, total } = open(100);
    expect(await add("a", 40)).toEqual([]);
    expect(await add("b", 40)).toEqual([]);
    expect(await add("a", 30)).toEqual([]);
    expect(await add("c", 40)).toEqual(["b"]);
    expect(await add("d", 90)).toEqual(["a", "c"]);
    expect(await total()).toBe(90);
  });

  it("count() names many, a batch at a time", async () => {
    const { add, total } = open(1000);
    for (let index = 0; index < 200; index += 1) await add(`k${index}`, 5);
    const gone = await add("large", 1000);
    expect(gone).toHaveLength(200);
    expect(await total()).toBe(1000);
  });

  it("count() forgets what has ended by itself", async () => {
    const { add, total, time } = open(100);
    await add("a", 60, 2000);
    time.now = 2000;
    expect(await add("b", 60)).toEqual([]);
    expect(await total()).toBe(60);
  });

  it("forget() takes a response out", async () => {
    const { kept, add, total } = open(100);
    await add("a", 60);
    await kept.forget("a");
    await kept.forget("unknown");
    expect(await total()).toBe(0);
  });

  it("use() moves a response's last use, once a minute", async () => {
    const { kept, add, time } = open(100);
    await add("a", 40);
    await add("b", 40);
    time.now += 10;
    kept.use("a");
    expect(await add("c", 40)).toEqual(["b"]);
    time.now += 59_000;
    kept.use("a");
    kept.use("unknown");
    expect(await add("d", 40)).toEqual(["a"]);
  });
});
