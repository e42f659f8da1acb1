import { describe, expect, it } from "vitest";
import { csv } from "../../src/operate/csv.ts";

describe("csv()", () => {
  it("ends every row with CRLF and quotes only what must be", () => {
    const rows = [
      ["route", "asked"],
      ["GET /a", 1],
      ['a,"b"', 2],
      ["two\nlines", -3],
      ["", 0],
    ];
    expect(csv(rows)).toBe('route,asked\r\nGET /a,1\r\n"a,""b""",2\r\n"two\nlines",-3\r\n,0\r\n');
    expect(csv([])).toBe("");
  });
});
