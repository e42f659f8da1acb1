import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { heldTables, type HeldTables } from "../../../src/adapters/sqlite/held-tables.ts";
import { SqliteTables } from "../../../src/adapters/sqlite/tables.ts";
import { MemoryTables } from "../../../src/schedule/memory-tables.ts";
import { tablesContract } from "../../contract/tables.ts";
import type { LedgerTables } from "../../../src/schedule/book.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-held-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile(): string {
  files += 1;
  return join(folder, `${files}.db`);
}

function open(file: string): { database: DatabaseSync; tables: HeldTables } {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL");
  return { database, tables: heldTables(database, "u") };
}

/** One transaction, as the ledger makes it. */
function transact(
  { database, tables }: ReturnType<typeof open>,
  now: number,
  work: (tables: LedgerTables) => void,
): void {
  database.exec("BEGIN IMMEDIATE");
  work(tables.begin(now));
  tables.save();
  database.exec("COMMIT");
}

describe("heldTables()", () => {
  tablesContract(() => {
    const { database, tables } = open(newFile());
    database.exec("BEGIN IMMEDIATE");
    tables.begin(0);
    return tables;
  });

  it("gives all ledgers of an upstream on one connection the same tables", () => {
    const { database, tables } = open(newFile());
    expect(heldTables(database, "u")).toBe(tables);
    expect(heldTables(database, "v")).not.toBe(tables);
  });
});

type Change = readonly [
  verb: "write" | "erase" | "place" | "displace",
  table: string,
  entry: string,
  value: number,
];

const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom("write", "erase", "place", "displace"),
  fc.constantFrom("one", "two"),
  fc.constantFrom("a", "b", "c"),
  fc.integer({ min: 0, max: 3 }),
);

function apply(tables: LedgerTables, [verb, table, entry, value]: Change): void {
  if (verb === "write") tables.write(`h:${table}`, entry, String(value));
  else if (verb === "erase") tables.erase(`h:${table}`, entry);
  else if (verb === "place") tables.place(`s:${table}`, entry, value);
  else tables.displace(`s:${table}`, entry);
}

function contents(tables: LedgerTables): unknown {
  return ["one", "two"].map((name) => [tables.entries(`h:${name}`), tables.first(`s:${name}`, 9)]);
}

describe("save()", () => {
  it("leaves in the file what stands in memory, whatever was changed and by whom", () => {
    const turn = fc.record({
      by: fc.nat(1),
      afterMs: fc.constantFrom(0, 1, 3000),
      changes: fc.array(change),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 8 }), (turns) => {
        const file = newFile();
        const processes = [open(file), open(file)] as const;
        const model = new MemoryTables();
        let now = 0;
        for (const { by, afterMs, changes, fails } of turns) {
          now += afterMs * 1000;
          const one = processes[by === 0 ? 0 : 1];
          const seen: unknown[] = [];
          if (fails) {
            one.database.exec("BEGIN IMMEDIATE");
            const tables = one.tables.begin(now);
            for (const each of changes) apply(tables, each);
            one.tables.drop();
            one.database.exec("ROLLBACK");
          } else {
            transact(one, now, (tables) => {
              for (const each of changes) apply(tables, each);
              for (const each of changes) apply(model, each);
              seen.push(contents(tables));
            });
          }
          // Each turn saw what all before it had left.
          expect(seen).toEqual(seen.map(() => contents(model)));
        }
        expect(contents(new SqliteTables(processes[0].database, "u"))).toEqual(contents(model));
        for (const { database } of processes) database.close();
      }),
      { numRuns: 60 },
    );
  });

  it("writes nothing of what was written and taken back again", () => {
    const one = open(newFile());
    const changesOf = (): number =>
      Number(one.database.prepare("SELECT total_changes() AS n").get()?.["n"]);
    transact(one, 0, (tables) => tables.write("h", "kept", "1"));
    const before = changesOf();
    transact(one, 0, (tables) => {
      tables.write("h", "ticket", "x");
      tables.place("s", "ticket", 1);
      tables.write("h", "kept", "2");
      tables.write("h", "kept", "1");
      tables.erase("h", "ticket");
      tables.displace("s", "ticket");
    });
    expect(changesOf() - before).toBe(0);
  });
});

describe("begin()", () => {
  it("reads the file itself for a while after another process's commit", () => {
    const file = newFile();
    const [one, other] = [open(file), open(file)];
    const used = (now: number): boolean => {
      one.database.exec("BEGIN IMMEDIATE");
      const tables = one.tables.begin(now);
      one.database.exec("COMMIT");
      return tables === one.tables;
    };
    expect(used(0)).toBe(true);
    transact(other, 1, (tables) => tables.write("h", "f", "theirs"));
    expect([used(2), used(1_000_000), used(2_000_002)]).toEqual([false, false, true]);
    transact(one, 3_000_000, (tables) => expect(tables.read("h", "f")).toBe("theirs"));
  });
});
