import { describe, expect, it } from "vitest";
import { table } from "../../src/command/table.ts";

describe("table()", () => {
  it("puts words to the left and numbers to the right, without blanks at the end", () => {
    const rows = [
      ["sync", "5", "enabled"],
      ["reports", "120", "off"],
    ];
    expect(table(["name", "asked", "state"], rows)).toBe(
      "name     asked  state\nsync         5  enabled\nreports    120  off\n",
    );
  });
});
