import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullestWindow, RollingWindow } from "./window.ts";

const ascending = fc
  .array(fc.nat(400), { maxLength: 60 })
  .map((steps) => steps.map((_, index) => steps.slice(0, index + 1).reduce((a, b) => a + b, 0)));

describe("RollingWindow", () => {
  it("is strict to the fraction of a millisecond, and free again exactly one window later", () => {
    const window = new RollingWindow(1, 1000);
    expect(window.take(5000.25)).toBe(true);
    expect(window.take(6000.249)).toBe(false);
    // The window is (now - 1000, now]: what came exactly 1000 ms ago no longer counts.
    expect(window.take(6000.25)).toBe(true);
    expect(window.take(6000.25)).toBe(false);
  });

  it("rolls: a burst at the end of one minute still counts in the next", () => {
    const window = new RollingWindow(3, 60_000);
    expect([59_000, 59_500, 59_900].map((at) => window.take(at))).toEqual([true, true, true]);
    expect([60_001, 118_999].map((at) => window.take(at))).toEqual([false, false]);
    expect([119_000, 119_001, 119_500].map((at) => window.take(at))).toEqual([true, false, true]);
  });

  it("counts nothing for what it refuses", () => {
    const window = new RollingWindow(1, 1000);
    window.take(0);
    for (let at = 1; at < 1000; at += 1) expect(window.take(at)).toBe(false);
    expect(window.take(1000)).toBe(true);
    expect(window.used(1000)).toBe(1);
  });

  it("counts what somebody else spends, beyond the limit too", () => {
    const window = new RollingWindow(3, 1000);
    window.spend(0, 5);
    window.spend(0, 0);
    expect([window.used(999), window.take(999), window.used(1000), window.take(1000)]).toEqual([
      5,
      false,
      0,
      true,
    ]);
  });

  it.each([
    { name: "one that came a moment ago", spent: [[59_999, 1]], seconds: 60 },
    { name: "part of a second, rounded up", spent: [[100, 1]], seconds: 1 },
    { name: "a second and a little", spent: [[1001, 1]], seconds: 2 },
    {
      name: "the oldest of several",
      spent: [
        [10_000, 1],
        [50_000, 1],
      ],
      limit: 2,
      seconds: 10,
    },
    {
      name: "as many as are too many",
      spent: [
        [10_000, 2],
        [50_000, 1],
      ],
      limit: 1,
      seconds: 50,
    },
    { name: "nothing, where all is refused", spent: [], limit: 0, seconds: 60 },
  ])("retryAfterSeconds() is whole and waits for $name", ({ spent, limit = 1, seconds }) => {
    const window = new RollingWindow(limit, 60_000);
    for (const [at = 0, units = 0] of spent) window.spend(at, units);
    expect(window.retryAfterSeconds(60_000)).toBe(seconds);
  });

  it("has room after Retry-After, and did not a second before", () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: 1, max: 5 }), (arrivals, limit) => {
        const window = new RollingWindow(limit, 2000);
        const refused = arrivals.find((at) => !window.take(at));
        if (refused === undefined) return;
        const seconds = window.retryAfterSeconds(refused);
        const early = refused + (seconds - 1) * 1000;
        expect(seconds === 1 || window.used(early) >= limit).toBe(true);
        expect(window.take(refused + seconds * 1000)).toBe(true);
      }),
    );
  });

  it("never lets more than its limit into any window", () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: 1, max: 5 }), (arrivals, limit) => {
        const window = new RollingWindow(limit, 1000);
        const taken = arrivals.filter((at) => window.take(at));
        expect(fullestWindow(taken, 1000)).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe("fullestWindow()", () => {
  it.each([
    [[], 0],
    [[5], 1],
    [[0, 1000], 1],
    [[0, 999.999], 2],
    [[0, 500, 1000, 1400], 3],
    [[7, 7, 7, 9000, 9001], 3],
    [[0, 2000, 2001, 2002, 9000], 3],
  ])("finds in %j %i", (instants, fullest) => {
    expect(fullestWindow(instants, 1000)).toBe(fullest);
  });

  it("finds what counting every window finds", () => {
    fc.assert(
      fc.property(ascending, (instants) => {
        const counts = instants.map(
          (end) => instants.filter((at) => at > end - 1000 && at <= end).length,
        );
        expect(fullestWindow(instants, 1000)).toBe(Math.max(0, ...counts));
      }),
    );
  });
});
