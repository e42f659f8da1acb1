import { expect, it } from "vitest";
import type { LedgerTables } from "../../src/schedule/book.ts";

/** What every LedgerTables must do. */
export function tablesContract(create: () => LedgerTables): void {
  it("read() gives back what write() wrote, until erase()", () => {
    const tables = create();
    tables.write("h", "f", "ä|1");
    expect([tables.read("h", "f"), tables.read("h", "g"), tables.read("i", "f")]).toEqual([
      "ä|1",
      undefined,
      undefined,
    ]);
    tables.write("h", "f", "");
    expect(tables.read("h", "f")).toBe("");
    tables.erase("h", "f");
    tables.erase("h", "f");
    expect(tables.read("h", "f")).toBeUndefined();
  });

  it("entries() lists a hash by field", () => {
    const tables = create();
    tables.write("h", "b", "2");
    tables.write("h", "a", "1");
    tables.write("i", "c", "3");
    expect(tables.entries("h")).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  it("first() and upTo() go by score, equal scores by member", () => {
    const tables = create();
    for (const [member, score] of [
      ["c", 1],
      ["a", 2.5],
      ["b", 1],
    ] as const) {
      tables.place("s", member, score);
    }
    expect(tables.first("s", 2).map(({ member }) => member)).toEqual(["b", "c"]);
    expect(tables.upTo("s", 2.4, 9).map(({ member }) => member)).toEqual(["b", "c"]);
    expect(tables.upTo("s", 2.5, 1)).toEqual([{ member: "b", score: 1 }]);
    expect(tables.first("s", 0)).toEqual([]);
  });

  it("count() and at() speak of the same order", () => {
    const tables = create();
    for (const [member, score] of Object.entries({ c: 1, a: 2.5, b: 1 })) {
      tables.place("s", member, score);
    }
    expect([0.9, 1, 2.4, 2.5].map((score) => tables.count("s", score))).toEqual([0, 2, 2, 3]);
    expect([0, 1, 2, 3].map((index) => tables.at("s", index)?.member)).toEqual([
      "b",
      "c",
      "a",
      undefined,
    ]);
    expect(tables.count("none", 9)).toBe(0);
  });

  it("place() moves a member, displace() says whether it was there", () => {
    const tables = create();
    tables.place("s", "a", 1);
    tables.place("s", "a", 1_700_000_000_000_123);
    expect([tables.size("s"), tables.score("s", "a")]).toEqual([1, 1_700_000_000_000_123]);
    expect([tables.displace("s", "a"), tables.displace("s", "a")]).toEqual([true, false]);
    expect([tables.size("s"), tables.score("s", "a")]).toEqual([0, undefined]);
  });
}
