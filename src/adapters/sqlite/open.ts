import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreFault } from "../../ports/faults.ts";

/** Several processes may open a new file at once; each waits this long for the others, in milliseconds. */
const OPENING_MS = 5000;

/** How a database is opened. */
export interface OpenOptions {
  /** How long a statement may wait for another process's lock; the event loop waits with it. */
  readonly busyMs: number;
}

/**
 * Opens, or makes, a database file that several processes of one machine share: WAL, so that readers
 * and the writer do not wait for each other, and a synchronous level at which a crash of the process
 * loses nothing. Only the file's owner may read it. Its folder is made where it is not there;
 * `":memory:"` needs none.
 * @throws StoreFault where the file cannot be made, or is no database.
 */
export function openDatabase(file: string, { busyMs }: OpenOptions): DatabaseSync {
  try {
    if (file !== ":memory:") makePrivate(file);
    const database = new DatabaseSync(file, { timeout: OPENING_MS });
    try {
      settle(database, busyMs);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw new StoreFault(`The database ${file} could not be opened: ${String(error)}`, error);
  }
}

/**
 * Runs a schema that creates what is not there, as one transaction, with the patience of a start.
 * @throws StoreFault
 */
export function createTables(database: DatabaseSync, schema: string): void {
  patiently(database, () => {
    try {
      database.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`);
    } finally {
      if (database.isTransaction) database.exec("ROLLBACK");
    }
  });
}

/**
 * Does what a start has to do with a file that several processes open at once: each waits for the others.
 * @throws StoreFault where it takes too long, or the work fails.
 */
export function patiently<Result>(database: DatabaseSync, work: () => Result): Result {
  const busyMs = Number(database.prepare("PRAGMA busy_timeout").get()?.["timeout"]);
  database.exec(`PRAGMA busy_timeout = ${OPENING_MS}`);
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreFault) throw error;
    throw new StoreFault(`The database could not be used: ${String(error)}`, error);
  } finally {
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
  }
}

/** The files that SQLite puts beside it take its mode. */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}

function settle(database: DatabaseSync, busyMs: number): void {
  switchToWal(database);
  database.exec(`PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = ${Math.ceil(busyMs)}`);
}

/** The switch needs the file for itself and, unlike other statements, does not wait for it under every lock. */
function switchToWal(database: DatabaseSync): void {
  const end = performance.now() + OPENING_MS;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** True where another process has the lock: SQLITE_BUSY and its extended codes. */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === 5
  );
}
