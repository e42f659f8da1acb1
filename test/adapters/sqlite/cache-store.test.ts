import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { GENERATION_MS, MAX_KEEP_MS, writeRecord } from "../../../src/adapters/record.ts";
import {
  createSqliteCacheStore,
  type SqliteCacheStoreOptions,
} from "../../../src/adapters/sqlite/cache-store.ts";
import { openDatabase } from "../../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { storedResponse } from "../../support/stored-response.ts";
import type { CacheStore } from "../../../src/ports/cache-store.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-cache-"));
afterAll(() => rmSync(folder, { recursive: true }));

const LONG_MS = 3_600_000;

function open(changes: Partial<SqliteCacheStoreOptions> = {}) {
  const clock = new FakeClock();
  const database = changes.database ?? openDatabase(":memory:", { busyMs: 10 });
  const bounds = { maxBytes: 1_000_000, nearBytes: 0, boot: "boot", onDamaged() {} };
  const options = { clock, ...bounds, ...changes, database };
  const store = createSqliteCacheStore(options);
  const number = (sql: string) => Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  return {
    clock,
    database,
    store,
    rows: () => number("SELECT count(*) FROM responses"),
    generations: () => number("SELECT count(*) FROM names"),
    bytes: () => number("SELECT bytes FROM responses_total"),
    counted: () => number("SELECT coalesce(sum(bytes), 0) FROM responses"),
    has: async (key: string) => (await store.read(key, [])).variants.length > 0,
  };
}

/** A response of some size that cannot be made smaller. */
function noise(bytes: number) {
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647) & 255;
  return storedResponse({ body: Uint8Array.from({ length: bytes }, next) });
}

describe("createSqliteCacheStore()", () => {
  it("usage() counts URLs once, whatever their variants, also in a file that was not counted yet", async () => {
    const { store, database, clock } = open();
    const variants = ["v1", "v2"].map((variant) => storedResponse({ variant }));
    for (const key of ["a", "b"]) {
      for (const variant of [...variants, ...variants]) await store.write(key, variant, LONG_MS);
    }
    expect((await store.usage()).responses).toBe(2);
    database.exec("DROP TABLE responses_urls; DROP TRIGGER responses_url_added");
    database.exec("DROP TRIGGER responses_url_dropped");
    const again = open({ database, clock }).store;
    expect((await again.usage()).responses).toBe(2);
    await again.remove("a");
    await again.write("c", storedResponse(), LONG_MS);
    await again.write("d", storedResponse(), LONG_MS);
    expect((await again.usage()).responses).toBe(3);
  });

  it("write() stays within the bound, the least recently used going first", async () => {
    const { store, clock, bytes, counted, has } = open({ maxBytes: 50_000 });
    for (const key of ["a", "b", "c", "d"]) {
      await store.write(key, noise(10_000), LONG_MS);
      await clock.advance(61_000);
    }
    expect(await has("a")).toBe(true);
    await store.write("e", noise(10_000), LONG_MS);
    expect(await Promise.all(["a", "b", "c", "d", "e"].map(has))).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(bytes()).toBe(counted());
    expect(bytes()).toBeLessThanOrEqual(50_000);
  });

  it("write() makes room for one large response among many small ones", async () => {
    const { store, bytes, has, rows } = open({ maxBytes: 400_000 });
    for (let index = 0; index < 300; index += 1)
      await store.write(`k${index}`, noise(500), LONG_MS);
    await store.write("large", noise(350_000), LONG_MS);
    expect(bytes()).toBeLessThanOrEqual(400_000);
    expect(await has("large")).toBe(true);
    expect(rows()).toBeGreaterThan(10);
  });

  it("write() keeps nothing that is larger than the bound, nor what it would have replaced", async () => {
    const { store, rows } = open({ maxBytes: 20_000 });
    await store.write("other", noise(1000), LONG_MS);
    await store.write("key", noise(1000), LONG_MS);
    await store.write("key", noise(30_000), LONG_MS);
    expect(rows()).toBe(1);
  });

  it("counts bytes exactly, whatever is written, replaced, removed or expired", async () => {
    const { store, clock, bytes, counted, rows } = open();
    await store.write("a", noise(1000), 1000);
    await store.write("a", noise(3000), 1000);
    await store.write("b", noise(2000), LONG_MS);
    await store.write("c", noise(2000), LONG_MS);
    await store.remove("c");
    expect(bytes()).toBe(counted());
    await clock.advance(2000);
    await store.write("d", noise(100), LONG_MS);
    expect([rows(), bytes()]).toEqual([2, counted()]);
    await store.remove("b");
    await store.remove("d");
    expect(bytes()).toBe(0);
  });

  it("write() deletes what has had its time, a batch at a time", async () => {
    const { store, clock, rows } = open();
    for (let index = 0; index < 100; index += 1) await store.write(`k${index}`, noise(10), 1000);
    await clock.advance(1000);
    await store.write("a", noise(10), LONG_MS);
    expect(rows()).toBe(37);
    await store.write("a", noise(10), LONG_MS);
    expect(rows()).toBe(1);
  });

  it("write() keeps nothing for longer than the bound", async () => {
    const { store, clock, has } = open();
    await store.write("key", storedResponse(), Infinity);
    await clock.advance(MAX_KEEP_MS - 1);
    expect(await has("key")).toBe(true);
    await clock.advance(1);
    expect(await has("key")).toBe(false);
  });

  it("bump() deletes generations that no response can have had", async () => {
    const { store, clock, generations } = open();
    await store.bump(["a", "b"], "hard");
    await clock.advance(GENERATION_MS - 1);
    await store.bump(["c"], "hard");
    expect(generations()).toBe(3);
    await clock.advance(1);
    await store.bump(["d"], "hard");
    expect(generations()).toBe(2);
  });

  it("read() writes a row's use only now and then", async () => {
    const { store, clock, database } = open();
    await store.write("key", storedResponse(), LONG_MS);
    const changes = () => database.prepare("SELECT total_changes() AS n").get()?.["n"];
    const before = changes();
    await clock.advance(59_000);
    await store.read("key", []);
    expect(changes()).toBe(before);
    await clock.advance(2000);
    await store.read("key", []);
    expect(changes()).not.toBe(before);
  });

  it("read() answers while another process writes", async () => {
    const file = join(folder, "busy.db");
    using database = openDatabase(file, { busyMs: 10 });
    using other = openDatabase(file, { busyMs: 10 });
    const { store, clock } = open({ database });
    await store.write("key", storedResponse(), LONG_MS);
    await clock.advance(61_000);
    other.exec("BEGIN IMMEDIATE");
    expect((await store.read("key", ["a"])).variants).toEqual([storedResponse()]);
    await expect(store.write("key", storedResponse(), LONG_MS)).rejects.toThrow(StoreFault);
    other.exec("ROLLBACK");
  });

  it.each<[string, (store: CacheStore) => Promise<void>]>([
    ["mark", (store) => store.mark({ writer: "w", names: ["a"], forMs: LONG_MS })],
    ["unmark", (store) => store.unmark({ writer: "w", names: ["a"] })],
    ["bump", (store) => store.bump(["a"], "hard")],
  ])("%s() is not left undone because another process has the lock", async (verb, tell) => {
    const file = join(folder, `${verb}.db`);
    using database = openDatabase(file, { busyMs: 1 });
    using other = openDatabase(file, { busyMs: 1 });
    const { store, clock } = open({ database });
    other.exec("BEGIN IMMEDIATE");
    const told = tell(store);
    await clock.advance(490);
    other.exec("ROLLBACK");
    await clock.advance(10);
    await told;
    other.exec("BEGIN IMMEDIATE");
    const tooLong = tell(store).catch((error: unknown) => error);
    await clock.advance(500);
    expect(await tooLong).toBeInstanceOf(StoreFault);
    other.exec("ROLLBACK");
  });

  it("keeps its contents over a restart", async () => {
    const file = join(folder, "kept.db");
    using first = openDatabase(file, { busyMs: 10 });
    const before = open({ database: first });
    await before.store.write("key", storedResponse(), LONG_MS);
    await before.store.bump(["a"], "hard");
    const reading = await before.store.read("key", ["a"]);
    first.close();
    using second = openDatabase(file, { busyMs: 10 });
    const after = open({ database: second });
    expect(await after.store.read("key", ["a"])).toEqual(reading);
    expect(after.bytes()).toBe(after.counted());
  });

  it("read() takes a record of another response for a damaged one", async () => {
    const told: string[] = [];
    const { store, database, rows } = open({ onDamaged: (key) => told.push(key) });
    await store.write("key", storedResponse(), LONG_MS);
    const foreign = writeRecord(storedResponse({ variant: "other" }));
    database.prepare("UPDATE responses SET record = ?").run(foreign);
    expect((await store.read("key", [])).variants).toEqual([]);
    expect([told, rows()]).toEqual([["key"], 0]);
  });

  it("raises a StoreFault, when the file is another's", () => {
    const database = openDatabase(":memory:", { busyMs: 10 });
    database.exec("CREATE TABLE responses (x)");
    expect(() => open({ database })).toThrow(StoreFault);
  });
});
