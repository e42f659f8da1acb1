import { describe, expect, it } from "vitest";
import { problemTypes } from "../../src/http/problem.ts";
import { problemsPage } from "../../src/reference/problems.ts";

describe("problemsPage()", () => {
  it("has a row for each type, with its status, when it comes and a remedy", () => {
    const rows = problemsPage().tables.flatMap((table) => table.rows);
    const expected = Object.entries(problemTypes).map(([type, { status, title }]) => [
      `\`${type}\``,
      String(status),
      title,
    ]);
    expect(rows.map((row) => row.slice(0, 3))).toEqual(expected);
    expect(rows.filter((row) => row.some((cell) => cell === ""))).toEqual([]);
  });
});
