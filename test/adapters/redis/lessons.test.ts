import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, inject, it } from "vitest";
import { nodeClock } from "../../../src/adapters/node-clock.ts";
import { createRedisLessons } from "../../../src/adapters/redis/lessons.ts";
import { News } from "../../../src/adapters/redis/news.ts";

it("createRedisLessons() keeps them in one hash without an end", async () => {
  const [redis, subscriber] = [new Redis(inject("redisUrl")), new Redis(inject("redisUrl"))];
  const prefix = `test-${randomUUID()}`;
  const news = new News(subscriber);
  const store = createRedisLessons("api", { redis, news, prefix, clock: nodeClock });
  await store.change("text", 0);
  expect(await redis.hgetall(`${prefix}:lessons:api`)).toEqual({ version: "1", text: "text" });
  expect(await redis.ttl(`${prefix}:lessons:api`)).toBe(-1);
  await store.close();
  for (const connection of [redis, subscriber]) connection.disconnect();
});
