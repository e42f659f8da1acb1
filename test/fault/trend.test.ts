import { describe, expect, it } from "vitest";
import { trendOf } from "./trend.ts";

const TERMS = { tolerance: 0.05, slack: 1 };
const series = (value: (at: number) => number): number[] =>
  Array.from({ length: 60 }, (_, at) => value(at));

describe("trendOf()", () => {
  it("calls flat what stays, what warms up and what has peaks", () => {
    expect(
      trendOf(
        series(() => 50),
        TERMS,
      ).flat,
    ).toBe(true);
    expect(
      trendOf(
        series((at) => Math.min(50, 10 + at * 5)),
        TERMS,
      ).flat,
    ).toBe(true);
    expect(
      trendOf(
        series((at) => (at % 7 === 0 ? 90 : 50)),
        TERMS,
      ).flat,
    ).toBe(true);
    expect(
      trendOf(
        series((at) => 50 - at / 10),
        TERMS,
      ).flat,
    ).toBe(true);
  });

  it("sees a leak of a tenth over the run, through noise", () => {
    const leak = trendOf(
      series((at) => 50 + at / 10 + (at % 5)),
      TERMS,
    );
    expect(leak.flat).toBe(false);
    expect(leak.growth).toBeGreaterThan(2.5);
  });
});
