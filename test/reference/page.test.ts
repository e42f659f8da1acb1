import { describe, expect, it } from "vitest";
import { code, render } from "../../src/reference/page.ts";

describe("render()", () => {
  it("writes title, intro and tables, and keeps each cell in its cell", () => {
    const text = render({
      file: "x.md",
      title: "X",
      intro: "What it is.",
      tables: [{ title: "T", columns: ["a", "b"], rows: [["1 | 2", "3\n  4"]] }],
    });
    expect(text).toContain("# X\n\n<!-- Written by `npm run docs`.");
    expect(text).toContain("What it is.\n\n## T\n\n| a | b |\n| --- | --- |\n| 1 \\| 2 | 3 4 |\n");
  });
});

describe("code()", () => {
  it("cannot be ended by what is in it", () => {
    expect(code("a`b")).toBe("`ab`");
  });
});
