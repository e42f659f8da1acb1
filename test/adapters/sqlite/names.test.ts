import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digest } from "../../../src/adapters/digest.ts";
import { SqliteNames } from "../../../src/adapters/sqlite/names.ts";
import { openDatabase } from "../../../src/adapters/sqlite/open.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-names-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** Names of several processes in one file. */
function world() {
  const file = join(folder, `${(files += 1)}.db`);
  const time = { now: 1000 };
  const open = (boot = "boot") => {
    const database = openDatabase(file, { busyMs: 100 });
    const names = new SqliteNames({ database, now: () => time.now, boot });
    const told: string[] = [];
    names.follow({
      drop: (tags) => void told.push(...tags),
      clear: () => void told.push("everything"),
    });
    return { database, names, told };
  };
  return { open, time };
}

describe("SqliteNames", () => {
  it("current() tells what other processes changed since it was last asked, before it answers", () => {
    const { open } = world();
    const [a, b] = [open(), open()];
    a.names.bump(["one"], "hard");
    a.names.mark({ writer: "w", names: ["two"], forMs: 1000 });
    expect(b.told).toEqual([]);
    expect(b.names.current()).toBe(true);
    expect(b.told).toEqual(["one", "two"].map(digest));
    b.names.current();
    expect(b.told).toHaveLength(2);
    expect([a.names.current(), a.told]).toEqual([true, []]);
  });

  it("follow() tells nothing of what came before", () => {
    const { open } = world();
    open().names.bump(["one"], "hard");
    const late = open();
    late.names.current();
    expect(late.told).toEqual([]);
  });

  it("current() says that nothing is known, when the log no longer reaches back", () => {
    const { open } = world();
    const [a, b] = [open(), open()];
    for (let round = 0; round < 1001; round += 1) a.names.bump([`n${round}`], "hard");
    b.names.current();
    expect(b.told.slice(0, 2)).toEqual(["everything", digest("n1")]);
    const rows = a.database.prepare("SELECT count(*) AS rows FROM changes").get()?.["rows"];
    expect(rows).toBe(1000);
    b.told.length = 0;
    a.names.bump(["x"], "hard");
    b.names.current();
    expect(b.told).toEqual([digest("x")]);
  });

  it("current() is false, when the file cannot be asked", () => {
    const { names, database } = world().open();
    database.close();
    expect(names.current()).toBe(false);
  });

  it("look() takes nothing for current from before a boot", () => {
    const { open } = world();
    const [before] = open("one").names.look(["a"]);
    const [after] = open("two").names.look(["a"]);
    expect(after?.hard).not.toBe(before?.hard);
  });

  it("look() does not invalidate twice for a mark that ran out", () => {
    const { open, time } = world();
    const [a, b] = [open(), open()];
    a.names.mark({ writer: "w", names: ["a"], forMs: 10 });
    time.now += 10;
    expect(a.names.look(["a"])).toEqual(b.names.look(["a"]));
    expect(a.names.look(["a"])[0]?.pending).toBe(false);
  });

  it("mark() clears away marks that ran out and that nobody asked for, and makes them count", () => {
    const { open, time } = world();
    const { names, database } = open();
    const [before] = names.look(["forgotten"]);
    names.mark({ writer: "w", names: ["forgotten"], forMs: 10 });
    time.now += 10;
    names.mark({ writer: "w", names: ["other"], forMs: 10 });
    expect(database.prepare("SELECT count(*) AS n FROM marks").get()?.["n"]).toBe(1);
    expect(names.look(["forgotten"])[0]?.hard).not.toBe(before?.hard);
  });

  it("mark() never shortens a mark of the same writer", () => {
    const { open, time } = world();
    const { names } = open();
    names.mark({ writer: "w", names: ["a"], forMs: 1000 });
    names.mark({ writer: "w", names: ["a"], forMs: 10 });
    time.now += 500;
    expect(names.look(["a"])[0]?.pending).toBe(true);
  });
});
