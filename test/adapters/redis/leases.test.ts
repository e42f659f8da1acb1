import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { digest } from "../../../src/adapters/digest.ts";
import { createRedisLeases } from "../../../src/adapters/redis/leases.ts";
import { News } from "../../../src/adapters/redis/news.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

const connections = Array.from({ length: 2 }, () => new Redis(inject("redisUrl")));
const [redis, subscriber] = connections as [Redis, Redis];
afterAll(() => {
  for (const connection of connections) connection.disconnect();
});

const never = new AbortController().signal;

/** To whom nothing is told. */
class DeafNews extends News {
  override listen(): void {}
}

function open(prefix = `test-${randomUUID()}`) {
  const clock = new FakeClock();
  const leases = createRedisLeases({ redis, news: new News(subscriber), prefix, clock });
  return { prefix, clock, leases, keyOf: (key: string) => `${prefix}:l:${digest(key)}` };
}

describe("createRedisLeases()", () => {
  it("keeps a lease for two seconds at a time, under a key that holds no URL", async () => {
    const { leases, clock, keyOf } = open();
    await leases.take("secret");
    expect(await redis.pttl(keyOf("secret"))).toBeGreaterThan(1500);
    await redis.pexpire(keyOf("secret"), 900);
    await clock.advance(600);
    await expect.poll(() => redis.pttl(keyOf("secret"))).toBeGreaterThan(1500);
    await leases.close();
    expect(await redis.exists(keyOf("secret"))).toBe(0);
  });

  it("lets a lease go that has run out, and is another's by now", async () => {
    const { leases, clock, keyOf } = open();
    const lease = await leases.take("key");
    await redis.set(keyOf("key"), "another", "PX", 900);
    await clock.advance(600);
    await redis.ping();
    await settle();
    expect(await redis.pttl(keyOf("key"))).toBeLessThanOrEqual(900);
    await lease?.end("shared");
    await leases.close();
    expect(await redis.get(keyOf("key"))).toBe("another");
  });

  it("tells who asks a moment too late how it ended, and later no more", async () => {
    const one = open();
    const two = open(one.prefix);
    const watching = two.leases.onTaken("key", () => heard.push("taken"));
    const heard: string[] = [];
    const lease = await one.leases.take("key");
    await expect.poll(() => heard).toEqual(["taken"]);
    await lease?.end("alone");
    // On the same connection, so it comes after the end.
    await one.leases.take("other");
    await expect.poll(() => two.leases.ended("key", never)).toBe("alone");
    await two.clock.advance(1000);
    expect(await two.leases.ended("key", never)).toBe("lost");
    watching[Symbol.dispose]();
    await Promise.all([one.leases.close(), two.leases.close()]);
  });

  it("ended() sees that the lease has changed hands, without any message", async () => {
    const one = open();
    const deaf = createRedisLeases({
      redis,
      news: new DeafNews(subscriber),
      prefix: one.prefix,
      clock: one.clock,
    });
    await one.leases.take("key");
    const waiting = deaf.ended("key", never);
    await redis.ping();
    await settle();
    await redis.set(one.keyOf("key"), "another", "PX", 5000);
    await one.clock.advance(500);
    expect(await waiting).toBe("lost");
    await Promise.all([one.leases.close(), deaf.close()]);
  });
});
