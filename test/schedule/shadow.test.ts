import { describe, expect, it } from "vitest";
import { quotaOf, ShadowBench } from "../support/shadow-bench.ts";

const LIMIT_40 = quotaOf(40);
const LIMIT_10 = quotaOf(10);

describe("Shadow", () => {
  it("tells nearly the real waits where it tries the real terms", async () => {
    const bench = new ShadowBench();
    for (let caller = 0; caller < 12; caller += 1) void bench.flood({ consumer: "a" }, 60_000);
    for (let caller = 0; caller < 4; caller += 1) {
      void bench.flood({ consumer: "b", weight: 3 }, 60_000);
    }
    await bench.clock.advance(65_000);
    for (const consumer of ["a", "b"]) {
      const { asked, real, shadow, gainMs } = bench.of(consumer);
      expect(asked).toBeGreaterThan(50);
      expect(shadow).toMatchObject({ granted: asked, refused: 0, units: real.units });
      expect(real.waits.meanMs).toBeGreaterThan(500);
      expect(Math.abs(gainMs)).toBeLessThanOrEqual(0.02 * real.waits.meanMs);
    }
    expect(bench.shadow.report().missed).toBe(0);
  });

  it("tells who would gain by other weights, and who would pay for it", async () => {
    const bench = new ShadowBench({}, { a: 5 });
    for (const consumer of ["a", "b"]) {
      for (let caller = 0; caller < 10; caller += 1) void bench.flood({ consumer }, 60_000);
    }
    await bench.clock.advance(60_000);
    const [a, b] = [bench.of("a"), bench.of("b")];
    expect(a.weights).toEqual({ real: 1, shadow: 5 });
    expect(b.weights).toEqual({ real: 1, shadow: 1 });
    expect(a.gainMs).toBeGreaterThan(500);
    expect(b.gainMs).toBeLessThan(-500);
    expect(bench.shadow.report().consumers.map(({ consumer }) => consumer)).toEqual(["a", "b"]);
  });

  it("lets go sooner under a higher limit, and spends what the real requests spend", async () => {
    const bench = new ShadowBench(LIMIT_40);
    for (let index = 0; index < 40; index += 1) void bench.send();
    await bench.clock.advance(20_000);
    const { real, shadow } = bench.of("a");
    expect([real.granted, real.units, shadow.granted, shadow.units]).toEqual([40, 40, 40, 40]);
    expect(shadow.waits.maxMs).toBe(0);
    expect(real.waits.maxMs).toBeGreaterThan(5000);
  });

  it("refuses under a lower limit what the real one lets go, and the real one never hears of it", async () => {
    const bench = new ShadowBench(LIMIT_10);
    const sent = Array.from({ length: 20 }, async () =>
      bench.send({ deadline: bench.clock.monotonic() + 3000 }),
    );
    await bench.clock.advance(10_000);
    expect(await Promise.all(sent)).toEqual(Array.from({ length: 20 }, () => true));
    const { real, shadow } = bench.of("a");
    expect(real).toMatchObject({ granted: 20, refused: 0, units: 20 });
    expect(shadow).toMatchObject({ granted: 10, refused: 10, units: 10 });
  });

  it("counts as spent what we refuse and it lets go", async () => {
    const bench = new ShadowBench(LIMIT_40);
    for (let index = 0; index < 30; index += 1) {
      void bench.send({ deadline: bench.clock.monotonic() + 1000 });
    }
    await bench.clock.advance(10_000);
    expect(bench.of("a").real).toMatchObject({ granted: 20, refused: 10, units: 20 });
    expect(bench.of("a").shadow).toMatchObject({ granted: 30, refused: 0, units: 30 });
  });

  it("gives back what was not sent in the end: turns that were not used, and clients that left", async () => {
    const bench = new ShadowBench(LIMIT_40);
    const unused = await bench.scheduler.acquire(bench.request());
    unused.giveBack();
    for (let index = 0; index < 20; index += 1) void bench.send();
    await bench.clock.advance(0);
    const client = new AbortController();
    const left = bench.scheduler.acquire(bench.request({ signal: client.signal }));
    left.catch(() => {});
    await bench.clock.advance(10);
    client.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await bench.clock.advance(100);
    expect(bench.of("a")).toMatchObject({ asked: 22, left: 1 });
    expect(bench.of("a").shadow).toMatchObject({ granted: 20, units: 20 });
    expect(bench.tried.tables.read("used", "6000")).toBe("20");
  });

  it("takes one whose permit came too late for the same when it comes back, which has waited on", async () => {
    const bench = new ShadowBench();
    const request = bench.request();
    const late = await bench.scheduler.acquire(request);
    await bench.clock.advance(500);
    expect(late.mayDepart()).toBe(false);
    late.end("failed");
    const again = await bench.scheduler.acquire({ ...request, returning: true });
    expect(again.mayDepart()).toBe(true);
    again.end("answered");
    await bench.clock.advance(0);
    expect(bench.of("a")).toMatchObject({
      asked: 1,
      real: { granted: 1, units: 1, waits: { count: 1, maxMs: 500 } },
      shadow: { granted: 1, units: 1, waits: { count: 1, maxMs: 0 } },
    });
  });

  it("leaves the shadow's line with a client that leaves", async () => {
    const bench = new ShadowBench(LIMIT_10);
    for (let index = 0; index < 20; index += 1) void bench.send();
    const client = new AbortController();
    await bench.clock.advance(0);
    const left = bench.scheduler.acquire(bench.request({ signal: client.signal }));
    left.catch(() => {});
    await bench.clock.advance(0);
    expect(bench.tried.tables.read("state", "waiting")).toBe("11");
    client.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await bench.clock.advance(100);
    expect(bench.tried.tables.read("state", "waiting")).toBe("10");
  });

  it("goes on waiting where the real request has gone, whatever its client does then", async () => {
    const bench = new ShadowBench(LIMIT_10);
    const client = new AbortController();
    for (let index = 0; index < 15; index += 1) void bench.send({ signal: client.signal });
    await bench.clock.advance(100);
    client.abort(new Error("answered and gone"));
    await bench.clock.advance(20_000);
    expect(bench.of("a").shadow).toMatchObject({ granted: 15, units: 15 });
  });

  it("holds still during the real pauses, and probes after them", async () => {
    const bench = new ShadowBench();
    const permit = await bench.scheduler.acquire(bench.request());
    permit.mayDepart();
    await bench.scheduler.throttled(permit, { forMs: 5000 });
    void bench.send();
    await bench.clock.advance(4900);
    expect(bench.of("a").shadow.granted).toBe(1);
    await bench.clock.advance(1000);
    const { real, shadow } = bench.of("a");
    expect([real.granted, shadow.granted]).toEqual([2, 2]);
    expect(shadow.waits.maxMs).toBeGreaterThan(4900);
    expect(bench.tried.tables.read("state", "pausedUntil")).toBe("0");
  });

  it("raises its back-off as the real one does, where a 429 does not say for how long", async () => {
    const bench = new ShadowBench();
    for (const memory of [bench.real, bench.tried]) expect(memory.reports).toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      const permit = bench.scheduler.acquire(bench.request());
      await bench.clock.advance(5000);
      (await permit).mayDepart();
      await bench.scheduler.throttled(await permit);
      await bench.clock.advance(100);
    }
    const backOffs = [bench.real, bench.tried].map(({ tables }) => tables.read("state", "backOff"));
    expect(backOffs).toEqual(["2", "2"]);
  });

  it("drops what is asked while its store is away, without delaying or failing anything, and comes back", async () => {
    const bench = new ShadowBench();
    bench.tried.failing = "before";
    const sent = Array.from({ length: 5 }, async () => bench.send());
    await bench.clock.advance(1000);
    const later = Array.from({ length: 5 }, async () => bench.send());
    await bench.clock.advance(1000);
    expect(await Promise.all([...sent, ...later])).toEqual(Array.from({ length: 10 }, () => true));
    expect(bench.of("a").real).toMatchObject({ granted: 5, waits: { maxMs: 0 } });
    expect(bench.shadow.report().missed).toBe(5);
    bench.tried.failing = "no";
    await bench.clock.advance(1000);
    void bench.send();
    await bench.clock.advance(1000);
    expect(bench.of("a")).toMatchObject({ asked: 6, shadow: { granted: 6 } });
  });

  it("says since when it counts, and what it tries", async () => {
    const bench = new ShadowBench(LIMIT_40);
    await bench.clock.advance(1000);
    const { since, quotas, consumers } = bench.shadow.report();
    expect(since).toBe(bench.clock.now() - 1000);
    expect(quotas).toEqual(LIMIT_40.quotas);
    expect(consumers).toEqual([]);
  });
});
