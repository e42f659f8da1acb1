import { describe, expect, it } from "vitest";
import {
  bytes,
  clockTime,
  count,
  counted,
  percent,
  ratio,
  span,
} from "../../../src/operate/dashboard/words.ts";

describe("count()", () => {
  it("sets thousands apart", () => {
    expect([0, 999, 1234567.4].map(count)).toEqual(["0", "999", "1,234,567"]);
  });
});

describe("percent()", () => {
  it("never shows as nothing what is not nothing", () => {
    expect([0, 0.001, 0.005, 0.5, 1].map(percent)).toEqual(["0 %", "<1 %", "1 %", "50 %", "100 %"]);
  });
});

describe("ratio()", () => {
  it("is a dash where there is nothing to have a part of", () => {
    expect(ratio(0, 0)).toBe("–");
    expect(ratio(1, 4)).toBe("25 %");
  });
});

describe("span()", () => {
  it("takes the unit that suits", () => {
    const spans = [0, 999, 6000, 6540, 12_000, 119_000, 600_000, 7_200_000, Infinity].map(span);
    expect(spans).toEqual([
      "0 ms",
      "999 ms",
      "6 s",
      "6.5 s",
      "12 s",
      "119 s",
      "10 min",
      "2 h",
      "any time",
    ]);
  });
});

describe("bytes()", () => {
  it("takes the unit that suits", () => {
    expect([0, 999, 1000, 268_435_456, 2e12].map(bytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "268 MB",
      "2000 GB",
    ]);
  });
});

describe("clockTime()", () => {
  it("is the time of day, UTC", () => {
    expect(clockTime(Date.parse("2026-11-25T09:41:30Z"))).toBe("09:41");
  });
});

describe("counted()", () => {
  it("has the noun agree", () => {
    expect([counted(1, "unit"), counted(1200, "unit"), counted(2, "query", "queries")]).toEqual([
      "1 unit",
      "1,200 units",
      "2 queries",
    ]);
  });
});
