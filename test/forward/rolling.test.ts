import { describe, expect, it } from "vitest";
import { Rolling } from "../../src/forward/rolling.ts";

describe("Rolling", () => {
  it("counts by key, and forgets a part of the window at a time", () => {
    const counts = new Rolling(1000);
    counts.add("a", 0);
    counts.add("a", 150);
    counts.add("b", 950);
    expect(Object.fromEntries(counts.sums(999))).toEqual({ a: 2, b: 1 });
    expect(Object.fromEntries(counts.sums(1000))).toEqual({ a: 1, b: 1 });
    expect(Object.fromEntries(counts.sums(1899))).toEqual({ b: 1 });
    expect(Object.fromEntries(counts.sums(9000))).toEqual({});
  });

  it("clear() forgets everything", () => {
    const counts = new Rolling(1000);
    counts.add("a", 0);
    counts.clear();
    expect(counts.sums(0).size).toBe(0);
  });
});
