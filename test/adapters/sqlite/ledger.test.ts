import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createSqliteLedger } from "../../../src/adapters/sqlite/ledger.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { joining } from "../../support/book.ts";
import { terms } from "../../support/ledger-world.ts";
import type { Ledger } from "../../../src/ports/ledger.ts";

const HELLO = { waiting: [], departed: [], peers: [] };
const silent = { joins: [], leaves: [], ended: [], returned: [] };

const opened: { ledger: Ledger; database: DatabaseSync }[] = [];
const folder = mkdtempSync(joinPath(tmpdir(), "sluice-ledger-"));
let clock = { boot: "first", micros: () => 1_000_000 };

function open(file = joinPath(folder, "ledger.db")): Ledger {
  const database = new DatabaseSync(file, { timeout: 5 });
  database.exec("PRAGMA journal_mode = WAL");
  const ledger = createSqliteLedger({ database, terms: terms(), clock });
  opened.push({ ledger, database });
  return ledger;
}

afterEach(async () => {
  for (const { ledger, database } of opened.splice(0)) {
    await ledger.close();
    database.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("createSqliteLedger()", () => {
  it("remembers over a restart what was sent, and grants at once", async () => {
    clock = { boot: "first", micros: () => 1_000_000 };
    const file = joinPath(mkdtempSync(joinPath(tmpdir(), "sluice-")), "ledger.db");
    await open(file).turn({
      process: "p1",
      sequence: 1,
      ...silent,
      joins: [joining("t1")],
      everything: HELLO,
    });
    const reply = await open(file).turn({
      process: "p2",
      sequence: 1,
      ...silent,
      joins: [joining("t2")],
      everything: HELLO,
    });
    expect(reply.granted).toEqual(["t2"]);
    expect(reply.standings[0]?.used).toBe(2);
  });

  it("takes every stamp for now after a reboot, whose clock starts anew", async () => {
    const file = joinPath(mkdtempSync(joinPath(tmpdir(), "sluice-")), "ledger.db");
    clock = { boot: "first", micros: () => 9_000_000_000 };
    await open(file).turn({
      process: "p1",
      sequence: 1,
      ...silent,
      joins: [joining("t1")],
      everything: HELLO,
    });
    clock = { boot: "second", micros: () => 50_000 };
    const reply = await open(file).turn({
      process: "p2",
      sequence: 1,
      ...silent,
      everything: HELLO,
    });
    expect(reply.standings[0]).toEqual({ quota: "test", used: 1, resetInMs: 6200 });
  });

  it("raises a StoreFault where another process holds the file too long", async () => {
    const file = joinPath(mkdtempSync(joinPath(tmpdir(), "sluice-")), "ledger.db");
    const ledger = open(file);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(ledger.turn({ process: "p", sequence: 1, ...silent })).rejects.toThrow(StoreFault);
    other.exec("ROLLBACK");
    other.close();
    const reply = await ledger.turn({ process: "p", sequence: 2, ...silent, everything: HELLO });
    expect(reply.askEverything).toBe(false);
  });
});
