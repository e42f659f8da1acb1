import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { SqliteTables } from "../../../src/adapters/sqlite/tables.ts";
import { tablesContract } from "../../contract/tables.ts";

describe("SqliteTables", () => {
  tablesContract(() => new SqliteTables(new DatabaseSync(":memory:"), "u"));

  it("keeps upstreams apart", () => {
    const database = new DatabaseSync(":memory:");
    const [one, two] = [new SqliteTables(database, "one"), new SqliteTables(database, "two")];
    one.write("h", "f", "1");
    one.place("s", "m", 1);
    expect([two.read("h", "f"), two.size("s")]).toEqual([undefined, 0]);
  });
});
