import { describe, expect, it } from "vitest";
import { median, ratio, takeTurns } from "./rounds.ts";

const shown = (perSecond: number) => ({ perSecond, p50Ms: 1, p99Ms: 2, cpuMicros: 3 });

describe("median()", () => {
  it("is the middle one, whatever the outliers", () => {
    expect(median([1000, 1, 3])).toBe(3);
    expect(median([])).toBeNaN();
  });
});

describe("ratio()", () => {
  it("compares within a round, so that what slows a whole round falls out", () => {
    const one = [100, 10, 50].map(shown);
    const other = [200, 20, 100].map(shown);
    expect(ratio(one, other, ({ perSecond }) => perSecond)).toBe(0.5);
  });
});

describe("takeTurns()", () => {
  it("asks each once a round, in turns", async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      pid: process.pid,
      run: async () => {
        order.push(name);
        return { perSecond: 1, p50Ms: 1, p99Ms: 1, seconds: 1 };
      },
    });
    const outcome = await takeTurns([contender("a"), contender("b")], 2);
    expect(order).toEqual(["a", "b", "a", "b"]);
    expect(outcome.get("b")).toHaveLength(2);
  });
});
