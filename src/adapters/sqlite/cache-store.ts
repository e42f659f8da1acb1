import { createHash, randomUUID } from "node:crypto";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setImmediate as otherWork } from "node:timers/promises";
import type { StoredResponse } from "../../http/stored-response.ts";
import type { CacheReading, CacheStore } from "../../ports/cache-store.ts";
import { StoreFault } from "../../ports/faults.ts";
import { GENERATION_MS, MAX_KEEP_MS, MAX_VARIANTS, readRecord, writeRecord } from "../record.ts";
import { createTables } from "./open.ts";

/*
 * Stored responses in a file that the processes of one machine share. SQLite works while the event loop
 * waits, so each transaction is short: what must be cleared away goes in small batches, with other work
 * between them. The total of bytes is kept by triggers, since counting it would read every row.
 */

/** Rows deleted in one transaction. */
const BATCH = 64;

/** A row's bytes beside its record: digest, variant, numbers, and their places in the indexes. */
const ROW_BYTES = 300;

/** A read moves a row's last use only when that is older than this: most reads then write nothing. */
const USE_STEP_MS = 60_000;

/** What the store is built with. `database` is the process's own connection and stays the caller's to close. */
export interface SqliteCacheStoreOptions {
  readonly database: DatabaseSync;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Bound on all records together; beyond it the least recently used go. */
  readonly maxBytes: number;
  /** Told the key of each read that met something which is no record; that has been removed. */
  readonly onDamaged: (key: string) => void;
}

/** A CacheStore for all processes that open the same file. @throws StoreFault from every method. */
export function createSqliteCacheStore(options: SqliteCacheStoreOptions): CacheStore {
  return new SqliteCacheStore(options);
}

class SqliteCacheStore implements CacheStore {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #maxBytes: number;
  readonly #onDamaged: (key: string) => void;
  readonly #statements: Record<Verb, StatementSync>;

  constructor({ database, now, maxBytes, onDamaged }: SqliteCacheStoreOptions) {
    this.#database = database;
    this.#now = now;
    this.#maxBytes = maxBytes;
    this.#onDamaged = onDamaged;
    this.#statements = attempt(() => {
      createTables(database, SCHEMA);
      return prepareAll(database);
    });
  }

  async read(key: string, names: readonly string[]): Promise<CacheReading> {
    const now = this.#now();
    const hash = digest(key);
    return attempt(() => {
      // Responses first: a bump in between then shows, and the response does not count.
      const rows = this.#statements.read.all(hash, now);
      const generations = names.map((name) => this.#generation(name));
      const variants: StoredResponse[] = [];
      const damaged: SQLInputValue[] = [];
      for (const { id, variant, record, used_at: usedAt } of rows) {
        const response = record instanceof Uint8Array ? readRecord(record) : undefined;
        if (response && response.variant === variant) variants.push(response);
        else damaged.push(id ?? null);
        if (Number(usedAt) < now - USE_STEP_MS) this.#hint("use", now, id ?? null);
      }
      for (const id of damaged) this.#hint("drop", id);
      if (damaged.length > 0) this.#onDamaged(key);
      return { variants, generations };
    });
  }

  async write(key: string, response: StoredResponse, keepMs: number): Promise<void> {
    const keptMs = Math.min(keepMs, MAX_KEEP_MS);
    if (!(keptMs > 0)) return;
    const record = writeRecord(response);
    const bytes = record.length + ROW_BYTES;
    const now = this.#now();
    const hash = digest(key);
    this.#transact(() => {
      // What is replaced goes in any case: what the new one cannot replace would be answered again.
      this.#statements.replace.run(hash, response.variant);
      if (bytes <= this.#maxBytes) {
        this.#statements.add.run(hash, response.variant, bytes, now + keptMs, now, record);
        this.#statements.trim.run(hash, hash, MAX_VARIANTS);
      }
      this.#statements.expire.run(now, BATCH);
    });
    await this.#shrink();
  }

  async remove(key: string): Promise<void> {
    this.#transact(() => this.#statements.remove.run(digest(key)));
  }

  async bump(names: readonly string[]): Promise<void> {
    const now = this.#now();
    this.#transact(() => {
      for (const name of names) {
        this.#statements.bump.run(digest(name), randomUUID(), now + GENERATION_MS);
      }
      this.#statements.forget.run(now, BATCH);
    });
  }

  async close(): Promise<void> {
    // The connection is the caller's.
  }

  /** The least recently used rows go until the rest fits. */
  async #shrink(): Promise<void> {
    while (this.#excess() > 0) {
      this.#transact(() => {
        for (let row = 0; row < BATCH && this.#excess() > 0; row += 1) this.#statements.evict.run();
      });
      await otherWork();
    }
  }

  #excess(): number {
    return attempt(() => Number(this.#statements.total.get()?.["bytes"])) - this.#maxBytes;
  }

  #generation(name: string): string {
    const token = this.#statements.generation.get(digest(name))?.["token"];
    return typeof token === "string" ? token : "";
  }

  /** What a read writes may be left undone: it is done by a later one. */
  #hint(verb: "use" | "drop", ...values: SQLInputValue[]): void {
    try {
      this.#statements[verb].run(...values);
    } catch {
      // Another process holds the lock.
    }
  }

  /** Deferred transactions fail with BUSY_SNAPSHOT under contention; an immediate one waits its turn. */
  #transact<Result>(work: () => Result): Result {
    return attempt(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.#database.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS responses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, variant TEXT NOT NULL,
    bytes INTEGER NOT NULL, keep_until REAL NOT NULL, used_at REAL NOT NULL, record BLOB NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS responses_key ON responses (key, variant);
  CREATE INDEX IF NOT EXISTS responses_end ON responses (keep_until);
  CREATE INDEX IF NOT EXISTS responses_use ON responses (used_at);
  CREATE TABLE IF NOT EXISTS generations (
    name TEXT PRIMARY KEY, token TEXT NOT NULL, keep_until REAL NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS generations_end ON generations (keep_until);
  CREATE TABLE IF NOT EXISTS responses_total (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL);
  INSERT OR IGNORE INTO responses_total VALUES (1, 0);
  CREATE TRIGGER IF NOT EXISTS responses_added AFTER INSERT ON responses
    BEGIN UPDATE responses_total SET bytes = bytes + NEW.bytes; END;
  CREATE TRIGGER IF NOT EXISTS responses_dropped AFTER DELETE ON responses
    BEGIN UPDATE responses_total SET bytes = bytes - OLD.bytes; END;`;

const SQL = {
  read: "SELECT id, variant, record, used_at FROM responses WHERE key = ? AND keep_until > ?",
  use: "UPDATE responses SET used_at = ? WHERE id = ?",
  drop: "DELETE FROM responses WHERE id = ?",
  replace: "DELETE FROM responses WHERE key = ? AND variant = ?",
  add: `INSERT INTO responses (key, variant, bytes, keep_until, used_at, record)
    VALUES (?, ?, ?, ?, ?, ?)`,
  // Ids only grow, so the highest were written last.
  trim: `DELETE FROM responses WHERE key = ? AND id NOT IN
    (SELECT id FROM responses WHERE key = ? ORDER BY id DESC LIMIT ?)`,
  expire: `DELETE FROM responses WHERE id IN
    (SELECT id FROM responses WHERE keep_until <= ? ORDER BY keep_until LIMIT ?)`,
  evict: `DELETE FROM responses WHERE id =
    (SELECT id FROM responses ORDER BY used_at, id LIMIT 1)`,
  remove: "DELETE FROM responses WHERE key = ?",
  total: "SELECT bytes FROM responses_total",
  generation: "SELECT token FROM generations WHERE name = ?",
  bump: "INSERT OR REPLACE INTO generations VALUES (?, ?, ?)",
  forget: `DELETE FROM generations WHERE name IN
    (SELECT name FROM generations WHERE keep_until <= ? ORDER BY keep_until LIMIT ?)`,
} as const;

type Verb = keyof typeof SQL;

function prepareAll(database: DatabaseSync): Record<Verb, StatementSync> {
  const prepare = (verb: Verb): StatementSync => database.prepare(SQL[verb]);
  return {
    read: prepare("read"),
    use: prepare("use"),
    drop: prepare("drop"),
    replace: prepare("replace"),
    add: prepare("add"),
    trim: prepare("trim"),
    expire: prepare("expire"),
    evict: prepare("evict"),
    remove: prepare("remove"),
    total: prepare("total"),
    generation: prepare("generation"),
    bump: prepare("bump"),
    forget: prepare("forget"),
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function attempt<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreFault) throw error;
    throw new StoreFault(`The cache's file could not be used: ${String(error)}`, error);
  }
}
