import { describe, expect, it } from "vitest";
import { seeded } from "./seeded.ts";

describe("seeded()", () => {
  it("spreads evenly over 0 to 1", () => {
    const random = seeded(3);
    const drawn = Array.from({ length: 10_000 }, () => random());
    const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(mean).toBeCloseTo(0.5, 1);
  });
});
