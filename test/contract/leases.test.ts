import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRedisWays, type RedisWay } from "../support/redis-ways.ts";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, inject, it } from "vitest";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import { createRedisLeases } from "../../src/adapters/redis/leases.ts";
import { News } from "../../src/adapters/redis/news.ts";
import { createSqliteLeases } from "../../src/adapters/sqlite/leases.ts";
import { machineClock } from "../../src/adapters/sqlite/machine-clock.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { SharedLeases } from "../support/memory-leases.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { LeaseEnd, Leases } from "../../src/ports/leases.ts";

/** What the suite needs of an adapter: leases that share their contents, as processes do. */
interface Provider {
  readonly name: string;
  /** False where nothing runs out by itself. */
  readonly expires: boolean;
  /** `deaf`: no message arrives. */
  open(options?: { clock?: Clock; deaf?: boolean }): Leases;
  openUnreachable(): Leases;
  close(): Promise<void>;
}

/** A clock by which nobody who sleeps is woken, as in a process that hangs. */
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

function redisProvider(way: RedisWay): Provider {
  const prefix = `test-${randomUUID()}`;
  return {
    name: way.name,
    expires: true,
    open({ clock = nodeClock, deaf = false } = {}) {
      const subscriber = way.subscribe();
      if (deaf) subscriber.disconnect();
      const redis = way.connect();
      return createRedisLeases({ redis, news: new News(subscriber), prefix, clock });
    },
    openUnreachable() {
      const [redis, news] = [way.connectToNobody(), new News(way.subscribe())];
      return createRedisLeases({ redis, news, prefix, clock: nodeClock });
    },
    async close() {},
  };
}

function sqliteProvider(): Provider {
  const folder = mkdtempSync(join(tmpdir(), "sluice-leases-"));
  const databases: DatabaseSync[] = [];
  const open = (clock: Clock) => {
    const database = openDatabase(join(folder, "cache.db"), { busyMs: 1000 });
    databases.push(database);
    return { database, leases: createSqliteLeases({ database, machine: machineClock, clock }) };
  };
  return {
    name: "sqlite",
    expires: true,
    open: ({ clock = nodeClock } = {}) => open(clock).leases,
    openUnreachable() {
      const { database, leases } = open(nodeClock);
      database.close();
      return leases;
    },
    async close() {
      for (const database of databases) if (database.isOpen) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function memoryProvider(): Provider {
  const shared = new SharedLeases();
  return {
    name: "memory",
    expires: false,
    open: () => shared.process(),
    openUnreachable() {
      const lost = new SharedLeases();
      lost.failing = true;
      return lost.process();
    },
    async close() {},
  };
}

const never = new AbortController().signal;

async function taken(leases: Leases, key: string) {
  const lease = await leases.take(key);
  if (!lease) throw new Error("the lease was not to be had");
  return lease;
}

describe.each([...WAYS.map(redisProvider), sqliteProvider(), memoryProvider()])(
  "leases in $name",
  (provider) => {
    const [a, b] = [provider.open(), provider.open()];
    afterAll(async () => {
      await Promise.all([a.close(), b.close()]);
      await provider.close();
    });

    it("take() gives the lease of a key to one at a time, and of each key", async () => {
      const key = randomUUID();
      const both = await Promise.all([a.take(key), b.take(key), b.take(randomUUID())]);
      expect(both.filter(Boolean)).toHaveLength(2);
      expect(both[2]).toBeDefined();
    });

    it("take() gives it again once it has ended, and an end counts once", async () => {
      const key = randomUUID();
      const first = await taken(a, key);
      await first.end("shared");
      const second = await taken(b, key);
      await first.end("lost");
      expect(await a.take(key)).toBeUndefined();
      await second.end("shared");
      expect(await a.take(key)).toBeDefined();
    });

    it.each<LeaseEnd>(["shared", "alone", "lost"])(
      "ended() resolves for everybody who waits, when it ends: %s",
      async (how) => {
        const key = randomUUID();
        const lease = await taken(a, key);
        const waits = [b.ended(key, never), b.ended(key, never)];
        await lease.end(how);
        expect(await Promise.all(waits)).toEqual([how, how]);
      },
    );

    it("ended() resolves at once, when nobody has the lease", async () => {
      expect(await b.ended(randomUUID(), never)).toBe("lost");
    });

    it("ended() rejects with the signal's reason, before and while it waits", async () => {
      const key = randomUUID();
      await taken(a, key);
      const reason = new Error("left");
      await expect(b.ended(key, AbortSignal.abort(reason))).rejects.toBe(reason);
      const abort = new AbortController();
      const waiting = b.ended(key, abort.signal);
      abort.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    });

    it("onTaken() calls when another takes the lease, or has it already, and never for one's own", async () => {
      const [key, had] = [randomUUID(), randomUUID()];
      const calls: string[] = [];
      await taken(a, had);
      const listening = [
        b.onTaken(key, () => calls.push("b")),
        a.onTaken(key, () => calls.push("a")),
        b.onTaken(had, () => calls.push("had")),
        b.onTaken(key, () => calls.push("disposed")),
      ];
      listening.pop()?.[Symbol.dispose]();
      expect(calls).toEqual([]);
      await expect.poll(() => calls).toEqual(["had"]);
      const lease = await taken(a, key);
      await expect.poll(() => calls).toEqual(["had", "b"]);
      await lease.end("shared");
      const another = await taken(b, key);
      await expect.poll(() => calls).toEqual(["had", "b", "a"]);
      await another.end("shared");
      for (const one of listening) one[Symbol.dispose]();
    });

    it("close() gives back what its process has", async () => {
      const leases = provider.open();
      const key = randomUUID();
      await taken(leases, key);
      const waiting = b.ended(key, never);
      await leases.close();
      expect(await waiting).toBe("lost");
      expect(await b.take(key)).toBeDefined();
    });

    it("take() raises a StoreFault, ended() is lost and nobody is called, when the store is out of reach", async () => {
      const leases = provider.openUnreachable();
      await expect(leases.take("key")).rejects.toThrow(StoreFault);
      expect(await leases.ended("key", never)).toBe("lost");
      leases.onTaken("key", () => expect.unreachable())[Symbol.dispose]();
      await leases.close();
    });

    async function replacedAfterMs(deaf: boolean): Promise<number> {
      const key = randomUUID();
      const [hanging, waiting] = [provider.open({ clock: stuckClock }), provider.open({ deaf })];
      const lease = await taken(hanging, key);
      if (!provider.expires) await hanging.close();
      const start = performance.now();
      expect(await waiting.ended(key, never)).toBe("lost");
      const ms = performance.now() - start;
      const next = await taken(waiting, key);
      // It wakes, and must not take the lease from whoever has it now.
      await lease.end("shared");
      expect(await b.take(key)).toBeUndefined();
      await next.end("shared");
      await Promise.all([hanging.close(), waiting.close()]);
      return ms;
    }

    it("a process that hangs is replaced within two seconds and a half, one that lives never is", async () => {
      const key = randomUUID();
      const lease = await taken(a, key);
      const longer = AbortSignal.timeout(provider.expires ? 2300 : 50);
      const [ended, ...replaced] = await Promise.all([
        b.ended(key, longer).catch(() => "still held"),
        replacedAfterMs(false),
        // Without any message.
        replacedAfterMs(true),
      ]);
      expect(ended).toBe("still held");
      expect(Math.max(...replaced)).toBeLessThan(2500);
      await lease.end("shared");
    });
  },
);
