import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Waits } from "../../src/schedule/waits.ts";

function waits(all: readonly number[]): Waits {
  const histogram = new Waits();
  for (const one of all) histogram.add(one);
  return histogram;
}

describe("Waits", () => {
  it("tells nothing but zeros where nobody waited", () => {
    expect(waits([]).view()).toEqual({ count: 0, meanMs: 0, p50Ms: 0, p95Ms: 0, maxMs: 0 });
  });

  it("tells the mean and the longest exactly", () => {
    expect(waits([0, 10, 20, 5000]).view()).toMatchObject({ count: 4, meanMs: 1258, maxMs: 5000 });
  });

  it("tells quantiles never too short, and a fifth too long at most", () => {
    const wait = fc.double({ min: 1, max: 800_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(wait, { minLength: 1, maxLength: 200 }), (all) => {
        const sorted = all.toSorted((a, b) => a - b);
        const view = waits(all).view();
        for (const [part, told] of [
          [0.5, view.p50Ms],
          [0.95, view.p95Ms],
        ] as const) {
          const exact = sorted[Math.ceil(part * all.length) - 1] ?? 0;
          expect(told).toBeGreaterThanOrEqual(Math.floor(exact));
          expect(told).toBeLessThanOrEqual(1.2 * exact + 1);
        }
      }),
    );
  });

  it("tells what is longer than any bound by the longest", () => {
    expect(waits([2_000_000]).view()).toMatchObject({ p50Ms: 2_000_000, p95Ms: 2_000_000 });
  });
});
