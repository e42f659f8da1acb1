import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/operate/exit.ts";
import { exitsPage } from "../../src/reference/exits.ts";

describe("exitsPage()", () => {
  it("has a row for each code", () => {
    const codes = exitsPage().tables.flatMap(({ rows }) => rows.map(([code]) => Number(code)));
    expect(codes).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
  });
});
