import type { DatabaseSync } from "node:sqlite";
import { MemoryTables } from "../../schedule/memory-tables.ts";
import { SqliteTables } from "./tables.ts";
import type { LedgerTables, Scored } from "../../schedule/book.ts";

/*
 * The ledger's tables held in this process's memory, since a turn reads ten times what it changes. The file stays what
 * counts: a turn's changes are written to it in the turn's own transaction, so that a crash loses nothing of what was
 * granted, and no process is answered before that.
 *
 * Why what is held is never older than the file: `PRAGMA data_version`, read inside a transaction, differs from what it
 * was as soon as another connection has committed anything. Then all that is held is dropped, and read again as it is
 * needed. Where several processes turn in turns that would be read for nothing; so for a while after another's commit
 * the file itself is read. One connection may have several ledgers of the same upstream, and these share what is held.
 *
 * What a turn writes and takes back again, as it does with a ticket that it grants at once, is not written at all.
 */

/** For so long after another process's commit nothing is held, in microseconds. */
const QUIET = 2_000_000;

/** Each table once a connection, by upstream's name. */
const OPENED = new WeakMap<DatabaseSync, Map<string, HeldTables>>();

/** The tables of an upstream on a connection; the same for all who ask. @throws StoreFault where the file is locked or damaged. */
export function heldTables(database: DatabaseSync, upstream: string): HeldTables {
  const opened = OPENED.get(database) ?? new Map<string, HeldTables>();
  OPENED.set(database, opened);
  const tables = opened.get(upstream) ?? new HeldTables(database, upstream);
  opened.set(upstream, tables);
  return tables;
}

/** Ledger tables of one upstream, in memory where that may be. The caller holds the transaction. */
export class HeldTables implements LedgerTables {
  /** The tables in the file, which may be read at any time. */
  readonly file: SqliteTables;
  readonly #readVersion: () => unknown;
  #memory = new MemoryTables();
  #names = new Set<string>();
  /** What changed, as it was when the transaction began. */
  readonly #fields = new Before<string>();
  readonly #scores = new Before<number>();
  #version: unknown;
  #quietAt = Number.NEGATIVE_INFINITY;

  constructor(database: DatabaseSync, upstream: string) {
    this.file = new SqliteTables(database, upstream);
    const version = database.prepare("PRAGMA data_version");
    this.#readVersion = () => version.get()?.["data_version"];
  }

  /**
   * The tables to work on in a transaction that has just begun: these, or the file's. `now`: microseconds of a clock that
   * does not go back. What was changed is in the file once it is saved.
   */
  begin(now: number): LedgerTables {
    const version = this.#readVersion();
    if (version !== this.#version) {
      if (this.#version !== undefined) this.#quietAt = now + QUIET;
      this.drop();
      this.#version = version;
    }
    return now < this.#quietAt ? this.file : this;
  }

  /** Writes what changed to the file; in the transaction that is about to be committed. */
  save(): void {
    const { file } = this;
    for (const [hash, field, before] of this.#fields.take()) {
      const value = this.#memory.read(hash, field);
      if (value === before) continue;
      if (value === undefined) file.erase(hash, field);
      else file.write(hash, field, value);
    }
    for (const [set, member, before] of this.#scores.take()) {
      const score = this.#memory.score(set, member);
      if (score === before) continue;
      if (score === undefined) file.displace(set, member);
      else file.place(set, member, score);
    }
  }

  /** Nothing is held any more, and nothing is to be saved: the file may be another, or the transaction was undone. */
  drop(): void {
    this.#memory = new MemoryTables();
    this.#names.clear();
    this.#fields.take();
    this.#scores.take();
  }

  read(hash: string, field: string): string | undefined {
    this.#holdHash(hash);
    return this.#memory.read(hash, field);
  }

  write(hash: string, field: string, value: string): void {
    this.#holdHash(hash);
    this.#fields.note(hash, field, this.#memory.read(hash, field));
    this.#memory.write(hash, field, value);
  }

  erase(hash: string, field: string): void {
    this.#holdHash(hash);
    this.#fields.note(hash, field, this.#memory.read(hash, field));
    this.#memory.erase(hash, field);
  }

  entries(hash: string): (readonly [string, string])[] {
    this.#holdHash(hash);
    return this.#memory.entries(hash);
  }

  place(set: string, member: string, score: number): void {
    this.#holdSet(set);
    this.#scores.note(set, member, this.#memory.score(set, member));
    this.#memory.place(set, member, score);
  }

  displace(set: string, member: string): boolean {
    this.#holdSet(set);
    this.#scores.note(set, member, this.#memory.score(set, member));
    return this.#memory.displace(set, member);
  }

  score(set: string, member: string): number | undefined {
    this.#holdSet(set);
    return this.#memory.score(set, member);
  }

  first(set: string, count: number): Scored[] {
    this.#holdSet(set);
    return this.#memory.first(set, count);
  }

  upTo(set: string, score: number, count: number): Scored[] {
    this.#holdSet(set);
    return this.#memory.upTo(set, score, count);
  }

  size(set: string): number {
    this.#holdSet(set);
    return this.#memory.size(set);
  }

  count(set: string, score: number): number {
    this.#holdSet(set);
    return this.#memory.count(set, score);
  }

  at(set: string, index: number): Scored | undefined {
    this.#holdSet(set);
    return this.#memory.at(set, index);
  }

  #holdHash(hash: string): void {
    if (this.#names.has(hash)) return;
    this.#names.add(hash);
    for (const [field, value] of this.file.entries(hash)) this.#memory.write(hash, field, value);
  }

  #holdSet(set: string): void {
    if (this.#names.has(set)) return;
    this.#names.add(set);
    for (const { member, score } of this.file.first(set, ALL)) {
      this.#memory.place(set, member, score);
    }
  }
}

/** SQLite's word for no limit. */
const ALL = -1;

/** What entries were before they changed for the first time; `undefined`: they were not there. */
class Before<Value> {
  #tables = new Map<string, Map<string, Value | undefined>>();

  note(table: string, entry: string, value: Value | undefined): void {
    const entries = this.#tables.get(table);
    if (!entries) this.#tables.set(table, new Map([[entry, value]]));
    else if (!entries.has(entry)) entries.set(entry, value);
  }

  /** All of them, which are noted no more. */
  take(): (readonly [table: string, entry: string, value: Value | undefined])[] {
    if (this.#tables.size === 0) return [];
    const taken = [...this.#tables].flatMap(([table, entries]) =>
      [...entries].map(([entry, value]) => [table, entry, value] as const),
    );
    this.#tables = new Map();
    return taken;
  }
}
