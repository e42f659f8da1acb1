import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { digest } from "../../src/adapters/digest.ts";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import { createSqliteCacheStore } from "../../src/adapters/sqlite/cache-store.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { storedResponse } from "../support/stored-response.ts";
import { costs, type Site } from "./growth-cost.ts";
import { grouped, type Curve } from "./growth-table.ts";
import type { CacheStore } from "../../src/ports/cache-store.ts";

/* Hits among ever more stored responses: from the process's memory, and from the embedded store's file. */

const SIZES = [10, 1000, 100_000, 1_000_000];

/** Responses that are asked for again and again. */
const HOT = 1000;
const NEAR_BYTES = 33_554_432;
const MAX_BYTES = 10_000_000_000;
const READS = 2000;
const LOOKS = 20;
const ITEM = { id: 4711, subject: "Invoice 2026-11", status: "open", owner: "billing@example.com" };
const BODY = Buffer.from(JSON.stringify(Array.from({ length: 16 }, () => ITEM)).slice(0, 1400));

interface Filled {
  readonly size: number;
  readonly near: CacheStore;
  readonly file: CacheStore;
  readonly databases: readonly DatabaseSync[];
}

/** Files in the folder are left behind. */
export async function storedCurves(folder: string): Promise<Curve[]> {
  const filled: Filled[] = [];
  for (const size of SIZES) filled.push(await fill(folder, size));
  let [asked, found] = [0, 0];
  const reading = (store: CacheStore, most: number) => async (count: number) => {
    for (let read = 0; read < count; read += 1) {
      const item = Math.floor(Math.random() * most);
      const { variants } = await store.read(keyOf(item), namesOf(item));
      asked += 1;
      found += variants.length;
    }
  };
  const near = filled.map(({ size, near: store }): Site => {
    const hot = Math.min(size, HOT);
    // What is held is read again after a while, which the other sites take.
    const prepare = async (): Promise<void> => {
      for (let item = 0; item < hot; item += 1) await store.read(keyOf(item), namesOf(item));
    };
    return { size, prepare, work: reading(store, hot) };
  });
  const file = filled.map(({ size, file: store }): Site => ({ size, work: reading(store, size) }));
  const told = filled.map(({ size, file: store }): Site => {
    const work = async (count: number): Promise<void> => {
      for (let look = 0; look < count; look += 1) await store.usage();
    };
    return { size, work };
  });
  const of = "stored responses";
  const curves = [
    { what: "a hit from memory", of, points: await costs(near, READS) },
    { what: "a hit from the file", of, points: await costs(file, READS) },
    { what: "what the store holds, told", of, points: await costs(told, LOOKS) },
  ];
  console.log(`Of ${grouped(asked)} reads ${grouped(found)} found what was stored.`);
  for (const { databases } of filled) for (const database of databases) database.close();
  return curves;
}

function keyOf(item: number): string {
  return `item ${item}`;
}

/** As a path of two segments in one group has them. */
function namesOf(item: number): string[] {
  return [`api path /items/${item}`, "api prefix /", "api prefix /items", "api group items"];
}

function open(database: DatabaseSync | undefined, nearBytes: number): CacheStore {
  if (!database) throw new Error("The database is missing.");
  const bounds = { maxBytes: MAX_BYTES, nearBytes };
  return createSqliteCacheStore({ database, clock: nodeClock, boot: "1", onDamaged, ...bounds });
}

function onDamaged(key: string): void {
  throw new Error(`Damaged: ${key}`);
}

/** One response by the store itself, and the others as copies of its row, since a million would take minutes. */
async function fill(folder: string, size: number): Promise<Filled> {
  const name = join(folder, `${size}.db`);
  const databases = [0, 0].map(() => openDatabase(name, { busyMs: 1000 }));
  const [first] = databases;
  const near = open(first, NEAR_BYTES);
  const response = storedResponse({ body: BODY, generations: [["api group items", "1 ", ""]] });
  await near.write(keyOf(0), response, 86_400_000);
  const copy = first?.prepare(
    `INSERT INTO responses (key, variant, bytes, keep_until, used_at, record)
      SELECT ?, variant, bytes, keep_until, used_at, record FROM responses WHERE id = 1`,
  );
  // In the index's own order and with pages at hand, or it would be written many times over.
  const keys = Array.from({ length: size - 1 }, (_, item) => digest(keyOf(item + 1))).toSorted();
  first?.exec("PRAGMA cache_size = -200000; BEGIN IMMEDIATE");
  for (const key of keys) copy?.run(key);
  first?.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = -2000");
  return { size, near, file: open(databases[1], 0), databases };
}
