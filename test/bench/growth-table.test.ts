import { describe, expect, it } from "vitest";
import { GROWTH_MARKS, grouped, growthTable, times } from "./growth-table.ts";
import { between } from "./report.ts";

const curve = {
  what: "a hit",
  of: "stored responses",
  points: [
    { size: 10, micros: 4.04 },
    { size: 1_000_000, micros: 123.4 },
  ],
};

describe("growthTable()", () => {
  it("tells each cost by its size, and how much more the last is", () => {
    const [, , line] = growthTable([curve]).split("\n");
    expect(line).toBe("| a hit | stored responses | 10: 4 us, 1,000,000: 123 us | 30.5 |");
  });
});

describe("times()", () => {
  it("is no number where nothing was measured", () => {
    expect(times({ ...curve, points: [] })).toBeNaN();
    expect(times(curve)).toBeCloseTo(30.5, 1);
  });
});

describe("grouped()", () => {
  it("puts commas between thousands", () => {
    expect([1, 999, 1000, 100_000].map(grouped)).toEqual(["1", "999", "1,000", "100,000"]);
  });
});

describe("between() with the marks of the growth", () => {
  it("leaves the other figures alone", () => {
    const page = `<!-- figures: npm run bench -->\na\n<!-- /figures -->\n${GROWTH_MARKS.join("\nold\n")}\n`;
    const text = between(page, "new", GROWTH_MARKS);
    expect(text).toContain("\na\n");
    expect(text).toContain("\n\nnew\n\n");
    expect(text).not.toContain("old");
  });
});
