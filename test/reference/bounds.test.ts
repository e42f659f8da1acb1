import { describe, expect, it } from "vitest";
import { boundsPage } from "../../src/reference/bounds.ts";
import { boundOf, settings } from "../../src/reference/settings.ts";

function byName(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]).localeCompare(String(b[0]));
}

describe("boundsPage()", () => {
  it("names every setting whose value is bounded once, with its bounds", () => {
    const [set, own] = boundsPage().tables;
    const rows = [...(set?.rows ?? []), ...(own?.rows ?? [])];
    const expected = settings()
      .filter((setting) => boundOf(setting) !== undefined)
      .map((setting) => [`\`${setting.path}\``, boundOf(setting)?.range]);
    expect(expected.length).toBeGreaterThan(40);
    const named = rows.map((row) => [row[0], row[2]]);
    expect(named.toSorted(byName)).toEqual(expected.toSorted(byName));
    expect(rows.filter((row) => (row[3] ?? "") === "")).toEqual([]);
  });
});
