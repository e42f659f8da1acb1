import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeClock } from "../../../src/adapters/node-clock.ts";
import { createSqliteConsumers } from "../../../src/adapters/sqlite/consumers.ts";
import { openDatabase } from "../../../src/adapters/sqlite/open.ts";
import { storedConsumer } from "../../support/memory-consumers.ts";

function open(file: string) {
  const database = openDatabase(file, { busyMs: 1000 });
  return {
    database,
    consumers: createSqliteConsumers({ database, clock: nodeClock, onDamaged: () => {} }),
  };
}

describe("createSqliteConsumers()", () => {
  it("keeps consumers over a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-consumers-"));
    const file = join(folder, "sluice.db");
    const before = open(file);
    await before.consumers.change({ kind: "put", consumer: storedConsumer("kept") }, 0);
    await before.consumers.close();
    before.database.close();
    const after = open(file);
    expect(await after.consumers.list()).toEqual(before.consumers.known);
    await after.consumers.close();
    after.database.close();
    // The file's owner alone may read it, and even so it holds a digest and no key.
    expect(readFileSync(file).includes(Buffer.from("0".repeat(64)))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it("changes all of it or nothing", async () => {
    const { database, consumers } = open(":memory:");
    await consumers.change({ kind: "put", consumer: storedConsumer("a") }, 0);
    database.exec(
      "CREATE TRIGGER no BEFORE UPDATE ON consumer_list BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    await expect(
      consumers.change({ kind: "put", consumer: storedConsumer("b") }, 1),
    ).rejects.toThrow("no");
    expect((await consumers.list()).consumers).toHaveLength(1);
    await consumers.close();
    database.close();
  });

  it("keeps strangers out where the gate cannot be read", async () => {
    const { database, consumers } = open(":memory:");
    database.exec("UPDATE consumer_list SET version = 3, gate = 'ajar'");
    expect((await consumers.list()).gate).toBe("closed");
    await consumers.close();
    database.close();
  });
});
