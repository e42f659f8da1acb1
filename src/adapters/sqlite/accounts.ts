import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import {
  BucketNames,
  bucketsOf,
  cellName,
  readCellName,
  readCounts,
  REMEMBERED_MS,
  sumOf,
  writeCounts,
  type Bucket,
} from "../../observe/account-buckets.ts";
import { createTables } from "./open.ts";
import { attempt, transact } from "./transact.ts";
import type { AccountBatch, AccountCell, AccountQuery, Accounts } from "../../ports/accounts.ts";
import type { Clock } from "../../ports/clock.ts";

/*
 * The accounts in a file of their own, so that they hold up neither a turn nor the cache: one short transaction a batch.
 * SQLite forgets nothing by itself, so each batch takes away one bucket of each span that is past keeping.
 */

/** What the accounts are built with. `database` is the process's own connection and stays the caller's to close. */
export interface SqliteAccountsOptions {
  readonly database: DatabaseSync;
  readonly clock: Pick<Clock, "now">;
}

/** Accounts for all processes that open the same file. @throws StoreFault where the file cannot be used. */
export function createSqliteAccounts(options: SqliteAccountsOptions): Accounts {
  return new SqliteAccounts(options);
}

class SqliteAccounts implements Accounts {
  readonly #options: SqliteAccountsOptions;
  readonly #statements: Record<keyof typeof SQL, StatementSync>;

  constructor(options: SqliteAccountsOptions) {
    this.#options = options;
    const { database } = options;
    this.#statements = attempt(() => {
      createTables(database, SCHEMA);
      const prepare = (verb: keyof typeof SQL): StatementSync => database.prepare(SQL[verb]);
      return {
        last: prepare("last"),
        remember: prepare("remember"),
        forget: prepare("forget"),
        names: prepare("names"),
        counts: prepare("counts"),
        write: prepare("write"),
        expire: prepare("expire"),
        buckets: prepare("buckets"),
        read: prepare("read"),
      };
    });
  }

  async add({ upstream, process, sequence, cells }: AccountBatch): Promise<void> {
    const { last, remember, forget, expire } = this.#statements;
    const now = this.#options.clock.now();
    transact(this.#options.database, () => {
      // A late one must not count either: the process has gone on, so this had been added.
      if (Number(last.get(upstream, process)?.["sequence"] ?? 0) >= sequence) return;
      for (const bucket of bucketsOf(cells, now)) this.#addTo(upstream, bucket);
      forget.run(now);
      remember.run(upstream, process, sequence, now + REMEMBERED_MS);
      for (const span of ["minute", "hour"]) expire.run(span, span, now);
    });
  }

  #addTo(upstream: string, { span, at, endsAt, cells }: Bucket): void {
    const { names, write } = this.#statements;
    let known: BucketNames | undefined;
    const countsOf = (cell: Names): string | undefined => {
      const row = this.#statements.counts.get(span, at, upstream, cell.consumer, cell.route);
      return row && String(row["counts"]);
    };
    for (const cell of cells) {
      let place: Names = cell;
      let before = countsOf(place);
      if (before === undefined) {
        known ??= new BucketNames(
          names.all(span, at, upstream).map((row) => cellName(namesOf(row))),
        );
        place = readCellName(known.place(cell));
        before = countsOf(place);
      }
      const sum = writeCounts(sumOf(readCounts(before ?? ""), cell.counts));
      write.run(span, at, upstream, place.consumer, place.route, sum, endsAt);
    }
  }

  async *read({ upstream, span, from, to }: AccountQuery): AsyncGenerator<AccountCell[]> {
    const { buckets, read } = this.#statements;
    const now = this.#options.clock.now();
    for (const bucket of attempt(() => buckets.all(span, from, to, now))) {
      const at = Number(bucket["at"]);
      const rows = attempt(() => read.all(span, at, upstream));
      yield rows.map((row) => ({
        at,
        ...namesOf(row),
        counts: readCounts(String(row["counts"])),
      }));
      // The event loop stands still during a read, so it gets its turn after each.
      await setImmediate();
    }
  }
}

type Names = Pick<AccountCell, "consumer" | "route">;

function namesOf(row: Record<string, unknown>): Names {
  return { consumer: String(row["consumer"]), route: String(row["route"]) };
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS accounts (
    span TEXT, at INTEGER, upstream TEXT, consumer TEXT, route TEXT, counts TEXT NOT NULL, ends_at INTEGER NOT NULL,
    PRIMARY KEY (span, at, upstream, consumer, route)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS account_batches (
    upstream TEXT, process TEXT, sequence INTEGER NOT NULL, until_ms INTEGER NOT NULL,
    PRIMARY KEY (upstream, process)) WITHOUT ROWID;`;

const BUCKET = "accounts WHERE span = ? AND at = ? AND upstream = ?";

const SQL = {
  last: "SELECT sequence FROM account_batches WHERE upstream = ? AND process = ?",
  remember: "INSERT OR REPLACE INTO account_batches VALUES (?, ?, ?, ?)",
  forget: "DELETE FROM account_batches WHERE until_ms <= ?",
  names: `SELECT consumer, route FROM ${BUCKET}`,
  counts: `SELECT counts FROM ${BUCKET} AND consumer = ? AND route = ?`,
  write: "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)",
  expire:
    "DELETE FROM accounts WHERE span = ? AND at = (SELECT min(at) FROM accounts WHERE span = ?) AND ends_at <= ?",
  buckets:
    "SELECT DISTINCT at FROM accounts WHERE span = ? AND at >= ? AND at < ? AND ends_at > ? ORDER BY at",
  read: `SELECT consumer, route, counts FROM ${BUCKET}`,
} as const;
