import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setImmediate as otherWork } from "node:timers/promises";
import type { StoredResponse } from "../../http/stored-response.ts";
import type {
  CacheReading,
  CacheStore,
  CacheUsage,
  Generation,
  Mark,
} from "../../ports/cache-store.ts";
import type { Clock } from "../../ports/clock.ts";
import { digest } from "../digest.ts";
import { createNearCache } from "../near-cache.ts";
import { MAX_KEEP_MS, MAX_VARIANTS, readRecord, writeRecord } from "../record.ts";
import { SqliteNames } from "./names.ts";
import { createTables } from "./open.ts";
import { attempt, insist, transact } from "./transact.ts";

/*
 * Stored responses in a file that the processes of one machine share. SQLite works while the event loop
 * waits, so each transaction is short: what must be cleared away goes in small batches, with other work
 * between them. The totals are kept by triggers, since counting them would read every row. A response that
 * meets another process's lock is not stored; what a write has changed is told all the same, since the lock is gone
 * in a moment (promise P7).
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
  readonly clock: Clock;
  /** Identity of the machine's present boot; see names.ts. */
  readonly boot: string;
  /** Bound on all records together; beyond it the least recently used go. */
  readonly maxBytes: number;
  /** Bound on what this process holds of them in memory; 0: nothing. */
  readonly nearBytes: number;
  /** Told the key of each read that met something which is no record; that has been removed. */
  readonly onDamaged: (key: string) => void;
}

/** A CacheStore for all processes that open the same file. @throws StoreFault from every method. */
export function createSqliteCacheStore(options: SqliteCacheStoreOptions): CacheStore {
  const { clock, nearBytes } = options;
  const names = new SqliteNames({ ...options, now: () => clock.now() });
  const inner = new SqliteCacheStore(options, names);
  if (nearBytes <= 0) return inner;
  const monotonic = (): number => clock.monotonic();
  // The log tells of every key as well: what is held is read again for the sake of its last use alone.
  const residenceMs = USE_STEP_MS;
  return createNearCache({ inner, coherence: names, maxBytes: nearBytes, monotonic, residenceMs });
}

class SqliteCacheStore implements CacheStore {
  readonly #database: DatabaseSync;
  readonly #names: SqliteNames;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #onDamaged: (key: string) => void;
  readonly #statements: Record<Verb, StatementSync>;

  constructor(options: SqliteCacheStoreOptions, names: SqliteNames) {
    const { database, clock, maxBytes, onDamaged } = options;
    this.#database = database;
    this.#names = names;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#onDamaged = onDamaged;
    this.#statements = attempt(() => {
      createTables(database, SCHEMA);
      return prepareAll(database);
    });
  }

  async read(key: string, names: readonly string[]): Promise<CacheReading> {
    const now = this.#clock.now();
    const hash = digest(key);
    return attempt(() => {
      // Responses first: a bump in between then shows, and the response does not count.
      const rows = this.#statements.read.all(hash, now);
      const generations = this.#names.look(names);
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

  async generations(names: readonly string[]): Promise<readonly Generation[]> {
    return this.#names.look(names);
  }

  held(): undefined {
    return undefined;
  }

  glance(): () => boolean {
    // Nothing is held here: each reading asks anew.
    return () => false;
  }

  async confirm(): Promise<boolean> {
    // A reading costs hardly more than this would.
    return false;
  }

  async write(key: string, response: StoredResponse, keepMs: number): Promise<void> {
    const keptMs = Math.min(keepMs, MAX_KEEP_MS);
    if (!(keptMs > 0)) return;
    const record = writeRecord(response);
    const bytes = record.length + ROW_BYTES;
    const now = this.#clock.now();
    const hash = digest(key);
    transact(this.#database, () => {
      // What is replaced goes in any case: what the new one cannot replace would be answered again.
      this.#statements.replace.run(hash, response.variant);
      if (bytes <= this.#maxBytes) {
        this.#statements.add.run(hash, response.variant, bytes, now + keptMs, now, record);
        this.#statements.trim.run(hash, hash, MAX_VARIANTS);
      }
      this.#names.note([hash]);
      this.#statements.expire.run(now, BATCH);
    });
    await this.#shrink();
  }

  async remove(key: string): Promise<void> {
    const hash = digest(key);
    transact(this.#database, () => {
      this.#statements.remove.run(hash);
      this.#names.note([hash]);
    });
  }

  async mark(mark: Mark): Promise<void> {
    if (mark.names.length > 0) await insist(this.#clock, () => this.#names.mark(mark));
  }

  async unmark(mark: Pick<Mark, "writer" | "names">): Promise<void> {
    await insist(this.#clock, () => this.#names.unmark(mark));
  }

  async bump(names: readonly string[], kind: "hard" | "soft"): Promise<void> {
    if (names.length > 0) await insist(this.#clock, () => this.#names.bump(names, kind));
  }

  async usage(): Promise<CacheUsage> {
    const row = attempt(() => this.#statements.usage.get());
    return { responses: Number(row?.["responses"]), bytes: Number(row?.["bytes"]) };
  }

  async close(): Promise<void> {
    // The connection is the caller's.
  }

  /** The least recently used rows go until the rest fits. */
  async #shrink(): Promise<void> {
    while (this.#excess() > 0) {
      transact(this.#database, () => {
        for (let row = 0; row < BATCH && this.#excess() > 0; row += 1) this.#statements.evict.run();
      });
      await otherWork();
    }
  }

  #excess(): number {
    return attempt(() => Number(this.#statements.total.get()?.["bytes"])) - this.#maxBytes;
  }

  /** What a read writes may be left undone: it is done by a later one. */
  #hint(verb: "use" | "drop", ...values: SQLInputValue[]): void {
    try {
      this.#statements[verb].run(...values);
    } catch {
      // Another process holds the lock.
    }
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS responses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, variant TEXT NOT NULL,
    bytes INTEGER NOT NULL, keep_until REAL NOT NULL, used_at REAL NOT NULL, record BLOB NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS responses_key ON responses (key, variant);
  CREATE INDEX IF NOT EXISTS responses_end ON responses (keep_until);
  CREATE INDEX IF NOT EXISTS responses_use ON responses (used_at);
  CREATE TABLE IF NOT EXISTS responses_total (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL);
  INSERT OR IGNORE INTO responses_total VALUES (1, 0);
  CREATE TRIGGER IF NOT EXISTS responses_added AFTER INSERT ON responses
    BEGIN UPDATE responses_total SET bytes = bytes + NEW.bytes; END;
  CREATE TRIGGER IF NOT EXISTS responses_dropped AFTER DELETE ON responses
    BEGIN UPDATE responses_total SET bytes = bytes - OLD.bytes; END;
  CREATE TABLE IF NOT EXISTS responses_urls (one INTEGER PRIMARY KEY CHECK (one = 1), urls INTEGER NOT NULL);
  INSERT INTO responses_urls SELECT 1, (SELECT COUNT(DISTINCT key) FROM responses) WHERE NOT EXISTS (SELECT 1 FROM responses_urls);
  CREATE TRIGGER IF NOT EXISTS responses_url_added AFTER INSERT ON responses WHEN (SELECT COUNT(*) FROM responses WHERE key = NEW.key) = 1
    BEGIN UPDATE responses_urls SET urls = urls + 1; END;
  CREATE TRIGGER IF NOT EXISTS responses_url_dropped AFTER DELETE ON responses WHEN NOT EXISTS (SELECT 1 FROM responses WHERE key = OLD.key)
    BEGIN UPDATE responses_urls SET urls = urls - 1; END;`;

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
  evict: "DELETE FROM responses WHERE id = (SELECT id FROM responses ORDER BY used_at, id LIMIT 1)",
  remove: "DELETE FROM responses WHERE key = ?",
  total: "SELECT bytes FROM responses_total",
  usage: "SELECT bytes, (SELECT urls FROM responses_urls) AS responses FROM responses_total",
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
    usage: prepare("usage"),
  };
}
