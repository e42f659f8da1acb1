import type { DatabaseSync, StatementSync } from "node:sqlite";
import { createTables } from "./open.ts";
import type { LedgerTables, Scored } from "../../schedule/book.ts";

/** Ledger tables of one upstream in SQLite. The caller holds the transaction. */
export class SqliteTables implements LedgerTables {
  readonly #upstream: string;
  readonly #statements: Record<Verb, StatementSync>;

  constructor(database: DatabaseSync, upstream: string) {
    this.#upstream = upstream;
    createTables(database, SCHEMA);
    this.#statements = prepareAll(database);
  }

  read(hash: string, field: string): string | undefined {
    return textOf(this.#statements.read.get(this.#upstream, hash, field), "value");
  }

  write(hash: string, field: string, value: string): void {
    this.#statements.write.run(this.#upstream, hash, field, value);
  }

  erase(hash: string, field: string): void {
    this.#statements.erase.run(this.#upstream, hash, field);
  }

  entries(hash: string): (readonly [string, string])[] {
    const rows = this.#statements.entries.all(this.#upstream, hash);
    return rows.map((row) => [textOf(row, "field") ?? "", textOf(row, "value") ?? ""] as const);
  }

  place(set: string, member: string, score: number): void {
    this.#statements.place.run(this.#upstream, set, member, score);
  }

  displace(set: string, member: string): boolean {
    return this.#statements.displace.run(this.#upstream, set, member).changes > 0;
  }

  score(set: string, member: string): number | undefined {
    return numberOf(this.#statements.score.get(this.#upstream, set, member), "score");
  }

  first(set: string, count: number): Scored[] {
    return this.#statements.first.all(this.#upstream, set, count).map(toScored);
  }

  upTo(set: string, score: number, count: number): Scored[] {
    return this.#statements.upTo.all(this.#upstream, set, score, count).map(toScored);
  }

  size(set: string): number {
    return numberOf(this.#statements.size.get(this.#upstream, set), "size") ?? 0;
  }

  count(set: string, score: number): number {
    return numberOf(this.#statements.count.get(this.#upstream, set, score), "size") ?? 0;
  }

  at(set: string, index: number): Scored | undefined {
    return this.#statements.at.all(this.#upstream, set, index).map(toScored)[0];
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger_hash (
    upstream TEXT, hash TEXT, field TEXT, value TEXT NOT NULL,
    PRIMARY KEY (upstream, hash, field)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_set (
    upstream TEXT, name TEXT, member TEXT, score REAL NOT NULL,
    PRIMARY KEY (upstream, name, member)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ledger_set_order ON ledger_set (upstream, name, score, member);`;

const HASH = "ledger_hash WHERE upstream = ? AND hash = ?";
const SET = "ledger_set WHERE upstream = ? AND name = ?";

const SQL = {
  read: `SELECT value FROM ${HASH} AND field = ?`,
  write: "INSERT OR REPLACE INTO ledger_hash VALUES (?, ?, ?, ?)",
  erase: `DELETE FROM ${HASH} AND field = ?`,
  entries: `SELECT field, value FROM ${HASH} ORDER BY field`,
  place: "INSERT OR REPLACE INTO ledger_set VALUES (?, ?, ?, ?)",
  displace: `DELETE FROM ${SET} AND member = ?`,
  score: `SELECT score FROM ${SET} AND member = ?`,
  first: `SELECT member, score FROM ${SET} ORDER BY score, member LIMIT ?`,
  upTo: `SELECT member, score FROM ${SET} AND score <= ? ORDER BY score, member LIMIT ?`,
  size: `SELECT count(*) AS size FROM ${SET}`,
  count: `SELECT count(*) AS size FROM ${SET} AND score <= ?`,
  at: `SELECT member, score FROM ${SET} ORDER BY score, member LIMIT 1 OFFSET ?`,
} as const;

type Verb = keyof typeof SQL;

function prepareAll(database: DatabaseSync): Record<Verb, StatementSync> {
  const prepare = (verb: Verb): StatementSync => database.prepare(SQL[verb]);
  return {
    read: prepare("read"),
    write: prepare("write"),
    erase: prepare("erase"),
    entries: prepare("entries"),
    place: prepare("place"),
    displace: prepare("displace"),
    score: prepare("score"),
    first: prepare("first"),
    upTo: prepare("upTo"),
    size: prepare("size"),
    count: prepare("count"),
    at: prepare("at"),
  };
}

type Row = Record<string, unknown> | undefined;

function textOf(row: Row, column: string): string | undefined {
  const value = row?.[column];
  return typeof value === "string" ? value : undefined;
}

function numberOf(row: Row, column: string): number | undefined {
  const value = row?.[column];
  return typeof value === "number" ? value : undefined;
}

function toScored(row: Row): Scored {
  return { member: textOf(row, "member") ?? "", score: numberOf(row, "score") ?? 0 };
}
