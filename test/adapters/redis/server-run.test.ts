import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { redisReady } from "../../../src/adapters/redis/connect.ts";
import { ServerRun } from "../../../src/adapters/redis/server-run.ts";
import type { RedisCommands } from "../../../src/adapters/redis/commands.ts";
import { startRedis } from "../../support/redis-instance.ts";

it("ServerRun asks once a connection, and again after a restart", async () => {
  const server = await startRedis();
  const redis = new Redis(server.url, { retryStrategy: () => 20 });
  redis.on("error", () => {});
  const run = new ServerRun(redis);
  const first = run.id();
  expect(run.id()).toBe(first);
  expect(await first).toMatch(/^[0-9a-f]{40}$/);
  await server.restart();
  await expect.poll(() => run.id() === first).toBe(false);
  await redisReady(redis, 5000);
  expect(await run.id()).not.toBe(await first);
  run.close();
  redis.disconnect();
  await server.stop();
});

it("ServerRun tells of no run in a Cluster, where a script knows on which server it is", async () => {
  const redis = { isCluster: true, on: () => {}, off: () => {} } as unknown as RedisCommands;
  expect(await new ServerRun(redis).id()).toBe("");
});
