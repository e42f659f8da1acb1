import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { attempt, transact } from "../../../src/adapters/sqlite/transact.ts";
import { StoreFault } from "../../../src/ports/faults.ts";

describe("transact()", () => {
  it("does all of the work, or nothing", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE t (x)");
    const add = (x: number): unknown => database.prepare("INSERT INTO t VALUES (?)").run(x);
    transact(database, () => add(1));
    const failing = (): unknown =>
      transact(database, () => {
        add(2);
        throw new Error("no");
      });
    expect(failing).toThrow(StoreFault);
    expect(database.prepare("SELECT x FROM t").all()).toEqual([{ x: 1 }]);
  });
});

function raise(error: Error): () => unknown {
  return () =>
    attempt(() => {
      throw error;
    });
}

describe("attempt()", () => {
  it("brings what the work brings, and makes a fault of an error once", () => {
    expect(attempt(() => 5)).toBe(5);
    const fault = new StoreFault("first");
    expect(raise(fault)).toThrow(fault);
    expect(raise(new Error("why"))).toThrow(/why/);
  });
});
