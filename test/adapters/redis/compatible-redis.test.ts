import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { CompatibleRedis } from "../../../src/adapters/redis/compatible-redis.ts";
import { SteadyRedis } from "../../../src/adapters/redis/steady-redis.ts";

const opened: Redis[] = [];

function open(): CompatibleRedis {
  const redis = new CompatibleRedis(inject("redisUrl"));
  opened.push(redis);
  return redis;
}

afterAll(() => {
  for (const redis of opened) redis.disconnect();
});

describe("CompatibleRedis", () => {
  it("takes off what Redis 7 puts before the errors that Bottleneck compares", async () => {
    const failing = open().eval("return redis.error_reply('UNKNOWN_CLIENT')", 0);
    await expect(failing).rejects.toThrow(/^UNKNOWN_CLIENT/);
  });

  it("has scripts read Redis' clock, whatever their caller's says", async () => {
    const redis = open();
    const lua = "local now = tonumber(ARGV[1]) return tostring(now)";
    redis.defineCommand("tellTime", { numberOfKeys: 0, lua });
    const command: unknown = Reflect.get(redis, "tellTime");
    if (typeof command !== "function") throw new Error("The command is missing.");
    const told = Number(await Reflect.apply(command, redis, [5]));
    expect(Math.abs(told - Date.now())).toBeLessThan(5000);
  });

  it("refuses a script that takes its time elsewhere", () => {
    const redis = open();
    expect(() => redis.defineCommand("other", { lua: "return 1" })).toThrow(
      "does not take its time",
    );
  });

  it("gives Bottleneck a subscriber that subscribes anew", () => {
    const subscriber = open().duplicate();
    opened.push(subscriber);
    expect(subscriber).toBeInstanceOf(SteadyRedis);
  });
});
