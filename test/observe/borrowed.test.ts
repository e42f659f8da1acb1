import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { borrowedOf, unitsAMinute } from "../../src/observe/borrowed.ts";
import type { AccountCell } from "../../src/ports/accounts.ts";

const AT = Date.parse("2026-11-25T00:00Z");

function cell(consumer: string, units: number, more: { weight?: number; route?: string } = {}) {
  const { weight = 1, route = "r" } = more;
  const counts = { a: units, u: units, k: units, g: units * weight };
  return { at: AT, consumer, route, counts };
}

const told = (cells: readonly AccountCell[]): unknown =>
  cells.map(({ consumer, route, counts }) => [consumer, route, counts["b"]]);

describe("unitsAMinute()", () => {
  it("goes by the quota that gives least, whatever its window", () => {
    expect(unitsAMinute([{ limit: 20, windowMs: 6000 }])).toBe(200);
    const hourly = { limit: 6000, windowMs: 3_600_000 };
    expect(unitsAMinute([{ limit: 200, windowMs: 60_000 }, hourly])).toBe(100);
  });
});

describe("borrowedOf()", () => {
  it("is what was spent beyond the share among those who had work", () => {
    expect(told(borrowedOf([cell("a", 150), cell("b", 50)], 200))).toEqual([["a", "r", 50]]);
    const weighted = [cell("a", 150, { weight: 3 }), cell("b", 50)];
    expect(told(borrowedOf(weighted, 200))).toEqual([]);
  });

  it("is nothing where a consumer was alone, also in a burst of more than a minute gives", () => {
    expect(borrowedOf([cell("a", 199)], 200)).toEqual([]);
    expect(borrowedOf([cell("a", 400)], 200)).toEqual([]);
  });

  it("leaves out of the sharing whoever had no work, and not who had some in vain", () => {
    const idle = { at: AT, consumer: "b", route: "r", counts: { a: 5, h: 5 } };
    expect(borrowedOf([cell("a", 150), idle], 200)).toEqual([]);
    const refused = { at: AT, consumer: "b", route: "r", counts: { a: 5, k: 5, g: 5 } };
    expect(told(borrowedOf([cell("a", 150), refused], 200))).toEqual([["a", "r", 50]]);
  });

  it("takes a weight that changed within the minute by how often each was used", () => {
    const changed = [
      cell("a", 75, { weight: 1, route: "x" }),
      cell("a", 75, { weight: 5, route: "y" }),
    ];
    // Three quarters of 200 are its own at a mean weight of three.
    expect(borrowedOf([...changed, cell("b", 50)], 200)).toEqual([]);
  });

  it("counts one of whom only refreshes were sent with a weight of one", () => {
    const refreshes = { at: AT, consumer: "b", route: "r", counts: { u: 50 } };
    expect(told(borrowedOf([cell("a", 150), refreshes], 200))).toEqual([["a", "r", 50]]);
  });

  it("is split among routes as the units were, without loss, and never more than was spent", () => {
    const cells = fc.array(
      fc.record({
        consumer: fc.constantFrom("a", "b", "c"),
        route: fc.constantFrom("x", "y", "z"),
        units: fc.nat(100),
        weight: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 9 },
    );
    fc.assert(
      fc.property(cells, fc.integer({ min: 1, max: 300 }), (drawn, given) => {
        const all = drawn.map(({ consumer, units, ...more }) => cell(consumer, units, more));
        const spent = all.reduce((sum, { counts }) => sum + counts.u, 0);
        const borrowed = borrowedOf(all, given).reduce(
          (sum, { counts }) => sum + (counts["b"] ?? 0),
          0,
        );
        expect(borrowed).toBeLessThanOrEqual(spent);
        for (const { counts } of borrowedOf(all, given)) {
          expect(Number.isInteger(counts["b"])).toBe(true);
          expect(counts["b"]).toBeGreaterThan(0);
        }
        const again = all.map((one) => ({ ...one, route: "all" }));
        const whole = borrowedOf(again, given).reduce(
          (sum, { counts }) => sum + (counts["b"] ?? 0),
          0,
        );
        expect(borrowed).toBe(whole);
      }),
    );
  });
});
