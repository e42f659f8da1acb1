import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { digest } from "../../../src/adapters/digest.ts";
import { RedisNames, type Change } from "../../../src/adapters/redis/names.ts";
import { writeNote } from "../../../src/adapters/redis/notice.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { startRedis } from "../../support/redis-instance.ts";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

const NOWHERE: Change = { epoch: "", seq: 0 };

function open(connection = redis, prefix = `test-${randomUUID()}`) {
  const names = new RedisNames(connection, prefix);
  const announcement = (...texts: string[]) => {
    const tags = texts.map((text) => digest(text));
    return { tags, note: writeNote({ writer: "w", ticket: "t", tags }), channel: `${prefix}:x` };
  };
  return {
    prefix,
    names,
    announcement,
    bump: (...texts: string[]) => names.bump("hard", 100, announcement(...texts)),
  };
}

describe("RedisNames", () => {
  it("bump() puts each change in the log, in order, and lists the holders", async () => {
    const { names, bump, announcement } = open();
    const { changes, ...start } = await names.renew("b", NOWHERE);
    expect([changes, start.seq]).toEqual(["all", 0]);
    const first = await bump("one");
    await names.mark("w", 1000, announcement("two"));
    expect(first).toMatchObject({ epoch: start.epoch, seq: 1, holders: ["b"] });
    expect(await names.renew("b", start)).toMatchObject({
      seq: 2,
      changes: [
        { seq: 1, tags: [digest("one")] },
        { seq: 2, tags: [digest("two")] },
      ],
    });
    expect((await names.renew("b", { ...start, seq: 1 })).changes).toHaveLength(1);
    expect((await names.renew("b", { ...start, seq: 2 })).changes).toEqual([]);
  });

  it("renew() says that nothing is known, when the holder or its epoch is unknown, or it is too far behind", async () => {
    const { names, bump } = open();
    const { epoch } = await names.renew("b", NOWHERE);
    expect((await names.renew("b", { epoch: "other", seq: 0 })).changes).toBe("all");
    expect((await names.renew("c", { epoch, seq: 0 })).changes).toBe("all");
    expect((await names.renew("b", { epoch, seq: 0 })).changes).toEqual([]);
    await Promise.all(Array.from({ length: 1000 }, () => bump("one")));
    expect((await names.renew("b", { epoch, seq: 0 })).changes).toHaveLength(1000);
    await bump("one");
    expect((await names.renew("b", { epoch, seq: 0 })).changes).toBe("all");
  });

  it("unsettled() does not take the log's being handed out for its having been applied", async () => {
    const { names, bump } = open();
    const { epoch } = await names.renew("b", NOWHERE);
    const change = await bump("one");
    expect(await names.unsettled(change, ["b"])).toEqual(["b"]);
    // The reply of this renewal may still be on its way, while an older lease holds.
    await names.renew("b", { epoch, seq: 0 });
    expect(await names.unsettled(change, ["b"])).toEqual(["b"]);
    await names.renew("b", { epoch, seq: 1 });
    expect(await names.unsettled(change, ["b"])).toEqual([]);
  });

  it("unsettled() takes nothing for settled after Redis lost its memory", async () => {
    const { names, bump, prefix } = open();
    await names.renew("b", NOWHERE);
    const change = await bump("one");
    await redis.del(`${prefix}:{names}:state`);
    expect(await names.unsettled(change, ["b", "c"])).toEqual(["b", "c"]);
  });

  it("withdraw() settles a holder", async () => {
    const { names, bump } = open();
    await names.renew("b", NOWHERE);
    const change = await bump("one");
    await names.withdraw("b");
    expect(await names.unsettled(change, ["b"])).toEqual([]);
    expect((await bump("one")).holders).toEqual([]);
  });

  it("expel() leaves a holder that has renewed since, applied or not", async () => {
    const { names, bump } = open();
    const { epoch } = await names.renew("hanging", NOWHERE);
    await names.renew("late", NOWHERE);
    const change = await bump("one");
    await names.renew("late", { epoch, seq: 0 });
    await names.expel(change, ["hanging", "late"]);
    expect((await bump("one")).holders).toEqual(["late"]);
    expect((await names.renew("hanging", { epoch, seq: 0 })).changes).toBe("all");
  });

  it("begins a new epoch after a flush, in which older tokens are not found and holders may be missing", async () => {
    const { names, bump, prefix } = open();
    const [before] = await names.look(["one"]);
    expect((await bump("two")).blindMs).toBeGreaterThan(0);
    await names.renew("b", NOWHERE);
    await redis.del(...(await redis.keys(`${prefix}:*`)));
    const [after] = await names.look(["one"]);
    expect(after?.hard).not.toBe(before?.hard);
    expect(await bump("two")).toMatchObject({ holders: [], blindMs: expect.any(Number) });
    await redis.hincrby(`${prefix}:{names}:state`, "since", -1000);
    expect((await bump("two")).blindMs).toBe(0);
    await redis.hincrby(`${prefix}:{names}:state`, "since", 100_000);
    expect((await bump("two")).blindMs).toBe(100);
  });

  it("begins a new epoch under another run of the server, whatever it remembers", async () => {
    const [one, two] = [await startRedis(), await startRedis()];
    const [first, second] = [new Redis(one.url), new Redis(two.url)];
    const before = open(first, "p");
    await before.bump("name");
    const { epoch } = await before.names.renew("b", NOWHERE);
    const [known] = await before.names.look(["name"]);
    await first.call(
      "MIGRATE",
      "127.0.0.1",
      two.port,
      "",
      0,
      1000,
      "KEYS",
      ...(await first.keys("*")),
    );
    const after = open(second, "p");
    expect((await after.names.look(["name"]))[0]?.hard).not.toBe(known?.hard);
    expect((await after.names.renew("b", { epoch, seq: 1 })).changes).toBe("all");
    expect(await second.hget("p:{names}:state", "seq")).toBe("0");
    for (const connection of [first, second]) connection.disconnect();
    await Promise.all([one.stop(), two.stop()]);
  });

  it("keeps a name for a week after each change, and holds neither names nor their texts", async () => {
    const { names, announcement, prefix } = open();
    await names.mark("w", 1000, announcement("secret"));
    await names.unmark("w", [digest("secret")]);
    await names.bump("soft", 0, announcement("secret"));
    const key = `${prefix}:{names}:g:${digest("secret")}`;
    expect(await redis.pttl(key)).toBeGreaterThan(6.9 * 24 * 3_600_000);
    const log = await redis.lrange(`${prefix}:{names}:log`, 0, -1);
    expect([...(await redis.keys(`${prefix}:*`)), ...log].join()).not.toContain("secret");
  });

  it("raises a StoreFault, when Redis is out of reach", async () => {
    const gone = new Redis(1, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    gone.on("error", () => {});
    const { names } = open(gone);
    await expect(names.look(["a"])).rejects.toThrow(StoreFault);
    await expect(names.renew("b", NOWHERE)).rejects.toThrow(StoreFault);
    names.close();
    gone.disconnect();
  });
});
