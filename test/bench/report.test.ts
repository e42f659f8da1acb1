import { describe, expect, it } from "vitest";
import { between, pictureOf, tableOf } from "./report.ts";

const MARKED = "# A\n<!-- figures: npm run bench -->\nold\n<!-- /figures -->\nb\n";

describe("between()", () => {
  it("puts new figures in the place of old ones, and leaves all else alone", () => {
    const text = between(MARKED, "new");
    expect(text).not.toContain("old");
    expect(text).toMatch(/^# A\n<!-- .* -->\n\nnew\n\n<!-- \/figures -->\nb\n$/);
    expect(between(text, "new")).toBe(text);
  });

  it("refuses a page without marks", () => {
    expect(() => between("# A", "new")).toThrow("missing");
  });
});

describe("tableOf()", () => {
  it("has a line for each row below its head", () => {
    const row = { what: "hits", against: "nginx", bar: "1.0", shown: "0.9" };
    expect(tableOf([row, row]).split("\n")).toHaveLength(4);
    expect(tableOf([row])).toContain("| hits | nginx | 1.0 | 0.9 |");
  });
});

describe("pictureOf()", () => {
  it("draws the cheapest first, and each as long as it costs", () => {
    const picture = pictureOf([
      { name: "sluice", cpuMicros: 40 },
      { name: "bare", cpuMicros: 20 },
    ]);
    expect(
      [...picture.matchAll(/class="(\w+)" .*width="(\d+)"/g)].map((found) => found.slice(1)),
    ).toEqual([
      ["theirs", "190"],
      ["ours", "380"],
    ]);
  });
});
