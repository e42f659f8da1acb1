import { describe, expect, it } from "vitest";
import { MemoryTables } from "../../src/schedule/memory-tables.ts";
import { tablesContract } from "../contract/tables.ts";

describe("MemoryTables", () => {
  tablesContract(() => new MemoryTables());

  it("keeps what is asked for apart from what is kept", () => {
    const tables = new MemoryTables();
    tables.place("s", "a", 1);
    tables.first("s", 5).pop();
    expect(tables.first("s", 5)).toHaveLength(1);
  });
});
