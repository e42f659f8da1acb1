import { describe, expect, it } from "vitest";
import { stallBetween } from "./stalls.ts";

describe("stallBetween()", () => {
  it("finds none where the looks are as far apart as they should be", () => {
    expect(stallBetween(1000, 1025)).toBeUndefined();
    expect(stallBetween(1000, 1124)).toBeUndefined();
  });

  it("explains a store that did not answer in time, around the stall, and no broken answer", () => {
    expect(stallBetween(10_000, 10_300)).toEqual({
      problems: ["store-unavailable", "upstream-timeout", "upstream-unreachable"],
      breaks: false,
      odd: false,
      from: 5000,
      to: 15_300,
    });
  });
});
