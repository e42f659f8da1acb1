import { describe, expect, it } from "vitest";
import { quotaOf, ShadowBench } from "../support/shadow-bench.ts";

describe("MirroredScheduler", () => {
  it("closes its shadow with it, which holds nothing up", async () => {
    const bench = new ShadowBench(quotaOf(10));
    for (let index = 0; index < 20; index += 1) void bench.send();
    await bench.clock.advance(100);
    const closed = bench.scheduler.close(new AbortController().signal);
    await closed;
    expect(bench.tried.tables.read("state", "waiting")).toBe("0");
  });

  it("asks, and tells of a 429, as the plain scheduler does", async () => {
    const bench = new ShadowBench();
    const permit = await bench.scheduler.acquire(bench.request({ cost: 3 }));
    expect(permit.mayDepart()).toBe(true);
    await bench.scheduler.throttled(permit, { forMs: 5000 });
    await bench.clock.advance(0);
    for (const { tables } of [bench.real, bench.tried]) {
      expect(tables.read("used", "6000")).toBe("3");
      expect(Number(tables.read("state", "pausedUntil"))).toBeGreaterThan(0);
    }
    expect(bench.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
  });

  it("rejects with what the real line says", async () => {
    const bench = new ShadowBench(quotaOf(40));
    for (let index = 0; index < 20; index += 1) void bench.send();
    await bench.clock.advance(0);
    const late = bench.scheduler.acquire(
      bench.request({ deadline: bench.clock.monotonic() + 500 }),
    );
    late.catch(() => {});
    await bench.clock.advance(600);
    await expect(late).rejects.toMatchObject({ type: "deadline-passed" });
  });
});
