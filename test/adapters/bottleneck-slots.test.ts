import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { createBottleneckSlots, type SlotsOptions } from "../../src/adapters/bottleneck-slots.ts";
import { clusterTarget } from "../../src/adapters/redis/cluster-target.ts";
import { CompatibleCluster, CompatibleRedis } from "../../src/adapters/redis/compatible-redis.ts";
import { startRedis } from "../support/redis-instance.ts";
import { untilWell } from "../support/redis-ways.ts";
import type { Slots } from "../../src/ports/slots.ts";

const opened: Slots[] = [];

function open(options: Partial<SlotsOptions> = {}): Slots {
  const slots = createBottleneckSlots({ concurrency: 2, expirationMs: 60_000, ...options });
  opened.push(slots);
  return slots;
}

function shared(upstream: string, faults: unknown[] = []) {
  const redis = new CompatibleRedis(inject("redisUrl"));
  return { redis, prefix: "test", upstream, onFault: (error: unknown) => faults.push(error) };
}

/** Takes all that can be had at once; the rest stays pending. */
async function takeAll(slots: Slots, count: number): Promise<{ taken: Disposable[] }> {
  const taken: Disposable[] = [];
  const enough = Promise.withResolvers<void>();
  for (let index = 0; index < count; index += 1) {
    const take = async (): Promise<void> => {
      taken.push(await slots.take());
      if (taken.length === 2) enough.resolve();
    };
    void take();
  }
  await enough.promise;
  return { taken };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((slots) => slots.close()));
});

describe("take()", () => {
  it("gives as many slots as the concurrency, and the next when one is disposed of", async () => {
    const { taken } = await takeAll(open(), 3);
    expect(taken).toHaveLength(2);
    taken[0]?.[Symbol.dispose]();
    await expect.poll(() => taken.length).toBe(3);
  });

  it("counts over all instances that share a Redis", async () => {
    const upstream = randomUUID();
    const [one, two] = [open({ shared: shared(upstream) }), open({ shared: shared(upstream) })];
    const { taken } = await takeAll(one, 2);
    const third = two.take();
    const early = await Promise.race([third.then(() => "early"), Promise.resolve("waits")]);
    expect(early).toBe("waits");
    taken[0]?.[Symbol.dispose]();
    (await third)[Symbol.dispose]();
    taken[1]?.[Symbol.dispose]();
  });

  it("counts over all instances that share a Cluster, and tells those who wait", async () => {
    const [upstream, faults] = [randomUUID(), [] as unknown[]];
    const openInCluster = async (): Promise<Slots> => {
      const target = clusterTarget(inject("redisClusterUrl"));
      const redis = new CompatibleCluster({ target, name: "slots" });
      await untilWell(redis);
      return open({ shared: { ...shared(upstream, faults), redis } });
    };
    const [one, two] = [await openInCluster(), await openInCluster()];
    const { taken } = await takeAll(one, 2);
    const third = two.take();
    const early = await Promise.race([third.then(() => "early"), Promise.resolve("waits")]);
    expect(early).toBe("waits");
    const before = performance.now();
    taken[0]?.[Symbol.dispose]();
    (await third)[Symbol.dispose]();
    // Beyond that it would have been taken from the process's own.
    expect(performance.now() - before).toBeLessThan(900);
    taken[1]?.[Symbol.dispose]();
    expect(faults).toEqual([]);
  });

  it("makes nobody wait for the clock of an instance that is ahead", async () => {
    const upstream = randomUUID();
    const [ahead, right] = [open({ shared: shared(upstream) }), open({ shared: shared(upstream) })];
    const early = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    (await ahead.take())[Symbol.dispose]();
    early.mockRestore();
    const before = performance.now();
    (await right.take())[Symbol.dispose]();
    expect(performance.now() - before).toBeLessThan(900);
  });

  it("goes on after Redis was flushed", async () => {
    const faults: unknown[] = [];
    const slots = open({ shared: shared(randomUUID(), faults) });
    (await slots.take())[Symbol.dispose]();
    const raw = new Redis(inject("redisUrl"));
    const keys = await raw.keys("b_*");
    await raw.del(...keys);
    raw.disconnect();
    (await slots.take())[Symbol.dispose]();
    (await slots.take())[Symbol.dispose]();
    expect(faults).toEqual([]);
  });

  it("falls back on this process's own cap where Redis does not answer", async () => {
    const faults: unknown[] = [];
    const redis = new CompatibleRedis(1, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    const onFault = (error: unknown) => faults.push(error);
    const slots = open({ shared: { redis, prefix: "test", upstream: "gone", onFault } });
    const { taken } = await takeAll(slots, 3);
    expect(taken).toHaveLength(2);
    expect(faults).not.toEqual([]);
  });
});

describe("a Redis that stands still", () => {
  it("delays one slot, not those after it, and is used again when it goes on", async () => {
    const own = await startRedis();
    const faults: unknown[] = [];
    const options = { commandTimeout: 400, enableOfflineQueue: false, maxRetriesPerRequest: 0 };
    const redis = new CompatibleRedis(own.port, options);
    try {
      const upstream = randomUUID();
      const onFault = (error: unknown) => faults.push(error);
      const slots = open({ shared: { redis, prefix: "test", upstream, onFault } });
      // Held, so that the next one is not this one over again.
      const before = await slots.take();
      own.freeze();
      (await slots.take())[Symbol.dispose]();
      expect(faults).not.toEqual([]);
      const since = performance.now();
      for (let count = 0; count < 5; count += 1) (await slots.take())[Symbol.dispose]();
      expect(performance.now() - since).toBeLessThan(200);
      own.thaw();
      before[Symbol.dispose]();
      const other = open({ shared: { ...shared(upstream), redis: new CompatibleRedis(own.port) } });
      // Once Redis counts again, what the one holds the other waits for.
      await expect
        .poll(
          async () => {
            const held = [await slots.take(), await slots.take()];
            const next = other.take();
            const first = await Promise.race([next.then(() => "free"), tick()]);
            for (const slot of held) slot[Symbol.dispose]();
            (await next)[Symbol.dispose]();
            return first;
          },
          { timeout: 8000 },
        )
        .toBe("waits");
    } finally {
      await own.stop();
    }
  }, 20_000);
});

/** Long enough for a free slot to come. */
async function tick(): Promise<string> {
  await new Promise((resolve) => {
    setTimeout(resolve, 150);
  });
  return "waits";
}

describe("resize()", () => {
  it("gives more slots from then on, in this process and over all instances", async () => {
    for (const more of [{}, { shared: shared(randomUUID()) }]) {
      const slots = open(more);
      const { taken } = await takeAll(slots, 4);
      expect(taken).toHaveLength(2);
      slots.resize({ concurrency: 4, forwardMs: 60_000 });
      await expect.poll(() => taken.length).toBe(4);
      for (const slot of taken) slot[Symbol.dispose]();
    }
  });
});
