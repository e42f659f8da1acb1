import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createRedisAccounts } from "../../../src/adapters/redis/accounts.ts";
import { connectRedis, redisReady } from "../../../src/adapters/redis/connect.ts";
import { startRedis } from "../../support/redis-instance.ts";

const HOUR = 3_600_000;
const NOW = Math.floor(Date.now() / HOUR) * HOUR;
const clock = { now: () => NOW };
const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

function batch(sequence: number, counts = { a: 1 }) {
  const cells = [{ at: NOW, consumer: "sync", route: "GET /a", counts }];
  return { upstream: "api", process: "p1", sequence, cells };
}

async function hours(accounts: ReturnType<typeof createRedisAccounts>): Promise<unknown[]> {
  const found: unknown[] = [];
  const query = { upstream: "api", span: "hour", from: NOW, to: NOW + HOUR } as const;
  for await (const cells of accounts.read(query)) found.push(...cells.map(({ counts }) => counts));
  return found;
}

describe("createRedisAccounts()", () => {
  it("keeps a hash a minute and an hour and the last number, in one slot, and each runs out", async () => {
    const prefix = `test-${randomUUID()}`;
    const accounts = createRedisAccounts({ redis, prefix, clock });
    await accounts.add(batch(1));
    await accounts.add(batch(2, { a: 41 }));
    const keys = await redis.keys(`${prefix}:*`);
    expect(keys.toSorted()).toEqual([
      `${prefix}:{accounts:api}:hour:${NOW / HOUR}`,
      `${prefix}:{accounts:api}:last:p1`,
      `${prefix}:{accounts:api}:minute:${NOW / 60_000}`,
    ]);
    expect(await redis.hgetall(keys.find((key) => key.includes(":hour:")) ?? "")).toEqual({
      "sync\nGET /a": "a=42",
    });
    const until = await Promise.all(keys.toSorted().map((key) => redis.pexpiretime(key)));
    expect([until[0], until[2]]).toEqual([NOW + HOUR + 720 * HOUR, NOW + 60_000 + 48 * HOUR]);
    expect((until[1] ?? 0) - Date.now()).toBeGreaterThan(47 * HOUR);
  });

  it("counts a batch once, whose reply was lost after the script had run", async () => {
    const own = await startRedis();
    const told = { onTrouble: () => {}, onWell: () => {} };
    const connection = connectRedis({ url: own.url, name: "accounts", ...told });
    const direct = new Redis(own.url);
    const accounts = createRedisAccounts({ redis: connection, prefix: "x", clock });
    await redisReady(connection, 5000);
    await accounts.add(batch(1));
    // The server takes the command and does not answer before the client has given it up.
    own.freeze();
    await expect(accounts.add(batch(2))).rejects.toThrow(/accounts in Redis could not be reached/);
    own.thaw();
    await expect.poll(() => direct.get("x:{accounts:api}:last:p1")).toBe("2");
    await expect.poll(() => connection.status).toBe("ready");
    await accounts.add(batch(2));
    await accounts.add(batch(3));
    expect(await hours(accounts)).toEqual([{ a: 3 }]);
    connection.disconnect();
    direct.disconnect();
    await own.stop();
  }, 20_000);

  it("reads two days of minutes in parts", async () => {
    const prefix = `test-${randomUUID()}`;
    const accounts = createRedisAccounts({ redis, prefix, clock });
    await accounts.add(batch(1));
    const parts: number[] = [];
    const query = {
      upstream: "api",
      span: "minute",
      from: NOW - 48 * HOUR,
      to: NOW + 60_000,
    } as const;
    for await (const cells of accounts.read(query)) parts.push(cells.length);
    expect(parts).toHaveLength(29);
    expect(parts.reduce((sum, one) => sum + one, 0)).toBe(1);
  });

  it("raises what a reply says that is no hash", async () => {
    const prefix = `test-${randomUUID()}`;
    const accounts = createRedisAccounts({ redis, prefix, clock });
    await redis.set(`${prefix}:{accounts:api}:hour:${NOW / HOUR}`, "x");
    await expect(hours(accounts)).rejects.toThrow(/could not be read: WRONGTYPE/);
  });
});
