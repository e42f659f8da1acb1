import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullestWindow, RollingWindow } from "./window.ts";

describe("RollingWindow", () => {
  it("counts to the fraction of a millisecond: what came exactly a window ago is out", () => {
    const window = new RollingWindow(2, 1000);
    expect([0, 0.5, 999.9, 1000, 1000.4, 1000.5].map((at) => window.take(at))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it("has no edge at which twice the limit passes, as a window that is reset has", () => {
    const window = new RollingWindow(20, 1000);
    const taken = Array.from({ length: 400 }, (_, index) => 990 + index / 10).filter((at) =>
      window.take(at),
    );
    expect(taken).toHaveLength(20);
  });

  it("counts what somebody else spent, and says when there is room again, rounded up", () => {
    const window = new RollingWindow(2, 3000);
    window.take(0);
    window.spend(500, 2);
    expect(window.take(600)).toBe(false);
    expect(window.used(600)).toBe(3);
    expect(window.retryAfterSeconds(600)).toBe(3);
    expect(window.take(3499)).toBe(false);
    expect(window.take(3500)).toBe(true);
  });

  it("never lets more than its limit pass in any window, and refuses nothing for which there is room", () => {
    const gaps = fc.array(fc.nat(300), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 5 }), (list, limit) => {
        const window = new RollingWindow(limit, 1000);
        const passed: number[] = [];
        let now = 0;
        for (const gap of list) {
          now += gap;
          const recent = passed.filter((at) => at > now - 1000).length;
          expect(window.take(now)).toBe(recent < limit);
          if (recent < limit) passed.push(now);
        }
        expect(fullestWindow(passed, 1000)).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe("fullestWindow()", () => {
  it.each([
    [[], 0],
    [[0, 999.9, 1000, 1000.1], 3],
    [[0, 1000, 2000], 1],
    [[5, 5, 5], 3],
  ])("of %j is %i", (instants, expected) => {
    expect(fullestWindow(instants, 1000)).toBe(expected);
  });
});
