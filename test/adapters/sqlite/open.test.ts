import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { createTables, openDatabase } from "../../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../../src/ports/faults.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-open-"));
afterAll(() => rmSync(folder, { recursive: true }));

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

/** Another process that holds the file's lock for a while; what is returned waits for its end. */
async function heldElsewhere(file: string): Promise<() => Promise<void>> {
  const script = `
    import { DatabaseSync } from "node:sqlite";
    const database = new DatabaseSync(${JSON.stringify(file)}, { timeout: 5000 });
    database.exec("BEGIN IMMEDIATE");
    console.log("held");
    setTimeout(() => database.exec("COMMIT"), 200);`;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  const ended = once(holder, "exit");
  await once(holder.stdout, "data");
  return async () => {
    await ended;
  };
}

describe("openDatabase()", () => {
  it("makes the folder and the file, which only its owner may read", () => {
    const file = join(folder, "a", "b", "new.db");
    using database = openDatabase(file, { busyMs: 7 });
    database.exec("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual(["600", "600", "600"]);
  });

  it("takes others' right to read from a file that is there, and keeps what is in it", () => {
    const file = join(folder, "wide.db");
    const first = openDatabase(file, { busyMs: 7 });
    first.exec("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    first.close();
    chmodSync(file, 0o644);
    using database = openDatabase(file, { busyMs: 7 });
    expect(modeOf(file)).toBe("600");
    expect(database.prepare("SELECT x FROM t").get()).toEqual({ x: 1 });
  });

  it("sets WAL, the synchronous level and the patience", () => {
    using database = openDatabase(join(folder, "set.db"), { busyMs: 7 });
    const value = (name: string) =>
      Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(["journal_mode", "synchronous", "busy_timeout"].map(value)).toEqual(["wal", 1, 7]);
  });

  it("waits no longer than told for another's lock", () => {
    const file = join(folder, "busy.db");
    using one = openDatabase(file, { busyMs: 10 });
    using two = openDatabase(file, { busyMs: 10 });
    one.exec("BEGIN IMMEDIATE");
    const start = performance.now();
    expect(() => two.exec("BEGIN IMMEDIATE")).toThrow("locked");
    expect(performance.now() - start).toBeLessThan(500);
    one.exec("ROLLBACK");
  });

  it("opens a database in memory", () => {
    using database = openDatabase(":memory:", { busyMs: 7 });
    expect(database.prepare("SELECT 1 AS one").get()).toEqual({ one: 1 });
  });

  it("raises a StoreFault, when the file is no database", () => {
    const file = join(folder, "text.db");
    writeFileSync(file, "this is a text of some length, and surely no database at all".repeat(100));
    expect(() => openDatabase(file, { busyMs: 7 })).toThrow(StoreFault);
  });

  it("raises a StoreFault that names the file, when its folder cannot be made", () => {
    const file = join(folder, "plain");
    writeFileSync(file, "");
    const below = join(file, "x", "cache.db");
    expect(() => openDatabase(below, { busyMs: 7 })).toThrow(below);
    expect(() => openDatabase(below, { busyMs: 7 })).toThrow(StoreFault);
  });

  it("waits for another process that has not switched to WAL and holds the lock", async () => {
    const file = join(folder, "old.db");
    const ended = await heldElsewhere(file);
    using database = openDatabase(file, { busyMs: 1 });
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    await ended();
  });

  it("lets many processes open a new file at once", { timeout: 30_000 }, async () => {
    const file = join(folder, "crowd.db");
    const module = new URL("../../../src/adapters/sqlite/open.ts", import.meta.url).href;
    const script = `
      import { createTables, openDatabase } from ${JSON.stringify(module)};
      const database = openDatabase(${JSON.stringify(file)}, { busyMs: 1 });
      createTables(database, "CREATE TABLE IF NOT EXISTS t (x)");`;
    const args = ["--input-type=module", "--eval", script];
    const run = promisify(execFile);
    const all = await Promise.allSettled(
      Array.from({ length: 6 }, () => run(process.execPath, args)),
    );
    expect(all.filter(({ status }) => status === "rejected")).toEqual([]);
  });
});

describe("createTables()", () => {
  it("makes all of a schema and leaves the patience as it was", () => {
    using database = openDatabase(":memory:", { busyMs: 7 });
    createTables(database, "CREATE TABLE a (x); CREATE TABLE b (x);");
    expect(database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()).toEqual({
      tables: 2,
    });
    expect(database.prepare("PRAGMA busy_timeout").get()).toEqual({ timeout: 7 });
  });

  it("waits for another process's lock, however short the patience is otherwise", async () => {
    const file = join(folder, "held.db");
    using database = openDatabase(file, { busyMs: 1 });
    const ended = await heldElsewhere(file);
    createTables(database, "CREATE TABLE a (x)");
    expect(database.prepare("SELECT count(*) AS rows FROM a").get()).toEqual({ rows: 0 });
    await ended();
  });

  it("makes nothing of a schema with a fault in it", () => {
    using database = openDatabase(":memory:", { busyMs: 7 });
    expect(() => createTables(database, "CREATE TABLE a (x); CREATE TABEL b (x);")).toThrow(
      "syntax",
    );
    expect(database.isTransaction).toBe(false);
    expect(database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()).toEqual({
      tables: 0,
    });
    expect(database.prepare("PRAGMA busy_timeout").get()).toEqual({ timeout: 7 });
  });
});
