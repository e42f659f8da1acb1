import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createSqliteAccounts } from "../../../src/adapters/sqlite/accounts.ts";
import { openDatabase } from "../../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../../src/ports/faults.ts";

const HOUR = 3_600_000;
const NOON = Date.parse("2026-11-24T12:00:00Z");

function open() {
  const database = openDatabase(":memory:", { busyMs: 5 });
  let now = NOON;
  const accounts = createSqliteAccounts({ database, clock: { now: () => now } });
  let sequence = 0;
  const add = async (at: number, process = "p1"): Promise<void> => {
    sequence += 1;
    const cells = [{ at, consumer: "sync", route: "r", counts: { a: 1 } }];
    await accounts.add({ upstream: "api", process, sequence, cells });
  };
  const rows = (table: string): number =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
  return {
    database,
    accounts,
    add,
    rows,
    pass: (ms: number): void => {
      now += ms;
    },
    now: () => now,
  };
}

describe("createSqliteAccounts()", () => {
  it("takes away what is past keeping, one minute and one hour a batch", async () => {
    const { add, rows, pass, now } = open();
    for (const minute of [0, 1, 2]) await add(NOON + minute * 60_000);
    expect(rows("accounts")).toBe(4);
    pass(49 * HOUR);
    await add(now());
    expect(rows("accounts")).toBe(5);
    await add(now());
    await add(now());
    // The hours and the newest minute.
    expect(rows("accounts")).toBe(3);
    pass(721 * HOUR);
    await add(now());
    await add(now());
    expect(rows("accounts")).toBe(2);
  });

  it("does not show what is past keeping, whether it is there still or not", async () => {
    const { add, accounts, pass, rows } = open();
    await add(NOON);
    pass(49 * HOUR);
    const query = { upstream: "api", span: "minute", from: NOON, to: NOON + HOUR } as const;
    for await (const cells of accounts.read(query)) expect(cells).toEqual([]);
    expect(rows("accounts")).toBe(2);
  });

  it("remembers the last number of a process for two days after its last batch", async () => {
    const { add, rows, pass, now } = open();
    await add(NOON, "gone");
    pass(47 * HOUR);
    await add(now(), "here");
    expect(rows("account_batches")).toBe(2);
    pass(2 * HOUR);
    await add(now(), "here");
    expect(rows("account_batches")).toBe(1);
  });

  it("adds all of a batch or nothing", async () => {
    const { database, accounts, rows } = open();
    const cell = { at: NOON, consumer: "sync", route: "r", counts: { a: 1 } };
    database.exec(
      "CREATE TRIGGER no BEFORE INSERT ON account_batches BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    const batch = { upstream: "api", process: "p", sequence: 1, cells: [cell] };
    await expect(accounts.add(batch)).rejects.toThrow(StoreFault);
    expect(rows("accounts")).toBe(0);
    database.exec("DROP TRIGGER no");
    await accounts.add(batch);
    expect(rows("accounts")).toBe(2);
  });

  it("raises a StoreFault, when the file cannot be used", () => {
    const database = new DatabaseSync(":memory:");
    database.close();
    const create = () => createSqliteAccounts({ database, clock: { now: () => NOON } });
    expect(create).toThrow(StoreFault);
  });
});
