import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createSqliteLedger } from "../../../src/adapters/sqlite/ledger.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { joining } from "../../support/book.ts";
import { policyOf } from "../../support/policies.ts";
import { terms } from "../../support/ledger-world.ts";
import type { Ledger, LedgerTerms } from "../../../src/ports/ledger.ts";

const HELLO = { waiting: [], departed: [], peers: [] };
const silent = { joins: [], leaves: [], ended: [], returned: [] };

const opened: { ledger: Ledger; database: DatabaseSync }[] = [];
const folder = mkdtempSync(joinPath(tmpdir(), "sluice-ledger-"));
let clock = { boot: "first", micros: () => 1_000_000 };

function open(file = joinPath(folder, "ledger.db"), changes: Partial<LedgerTerms> = {}): Ledger {
  const database = new DatabaseSync(file, { timeout: 5 });
  database.exec("PRAGMA journal_mode = WAL");
  const ledger = createSqliteLedger({ database, terms: terms(changes), clock });
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

  it("does so as well with what a quota counted that was taken out before, and comes back", async () => {
    const file = joinPath(mkdtempSync(joinPath(tmpdir(), "sluice-")), "ledger.db");
    const quotas = [...terms().quotas, { name: "hour", limit: 9, windowMs: 3_600_000, padMs: 0 }];
    const report = { process: "p1", sequence: 1, ...silent, everything: HELLO };
    clock = { boot: "first", micros: () => 9_000_000_000 };
    await open(file, { quotas }).turn({ ...report, joins: [joining("t1")] });
    clock = { boot: "first", micros: () => 9_010_000_000 };
    await open(file).turn({ ...report, process: "p2" });
    clock = { boot: "second", micros: () => 50_000 };
    const { standings } = await open(file, { quotas }).turn({ ...report, process: "p3" });
    expect(standings[1]).toEqual({ quota: "hour", used: 1, resetInMs: 3_600_000 });
  });

  it("takes stamps and paces of policies for now as well", async () => {
    const file = joinPath(mkdtempSync(joinPath(tmpdir(), "sluice-")), "ledger.db");
    clock = { boot: "first", micros: () => 9_000_000_000 };
    const policies = [policyOf("r", 2)];
    const under = ["t1", "t2"].map((ticket) => joining(ticket, { policies }));
    const report = { process: "p1", sequence: 1, ...silent, joins: under, everything: HELLO };
    expect((await open(file).turn(report)).granted).toHaveLength(2);
    let now = 50_000;
    clock = { boot: "second", micros: () => now };
    const rebooted = open(file);
    const joins = [joining("t3", { policies })];
    const next = await rebooted.turn({ ...report, process: "p2", joins });
    expect([next.granted, next.wakeInMs]).toEqual([[], 500]);
    const again = { ...silent, process: "p2" };
    now += 1_900_000;
    expect((await rebooted.turn({ ...again, sequence: 2 })).granted).toEqual([]);
    now += 200_000;
    expect((await rebooted.turn({ ...again, sequence: 3 })).granted).toEqual(["t3"]);
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
