import { randomUUID } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { digest } from "../digest.ts";
import { GENERATION_MS } from "../record.ts";
import { createTables } from "./open.ts";
import { attempt, transact } from "./transact.ts";
import type { Coherence, NearContents } from "../coherence.ts";
import type { Generation, Mark } from "../../ports/cache-store.ts";

/*
 * Names in the cache's file: their tokens, the marks of writes under way, and a log of changes for the near
 * caches of other processes.
 *
 * Why a near cache is never staler than the file: at each hit `PRAGMA data_version` is read, which differs from
 * what it was as soon as another connection has committed anything. Then the log is read from where it was last
 * read to, and what changed is dropped, before the hit is answered. A bump is committed before it returns, so a
 * hit that begins later meets another version. The version is read before the log: what is committed between
 * the two is read twice and not missed. A process's own commits do not show in its own version; its near cache
 * drops what it changes by itself. Nobody has to be waited for, and no clock is involved.
 *
 * A crash of the machine may lose the last commits (`synchronous = NORMAL`), a bump among them. So the hard token
 * that a reader sees begins with the machine's boot: what was stored before the last one is not found.
 */

/** Changes kept in the log; a process that is further behind drops everything. */
const LOG = 1000;

/** Rows cleared away in one transaction. */
const BATCH = 64;

/** What names are kept with. */
export interface SqliteNamesOptions {
  readonly database: DatabaseSync;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Identity of the machine's present boot. */
  readonly boot: string;
}

/** Names for all processes that open the same file, and the coherence of this one's near cache. @throws StoreFault */
export class SqliteNames implements Coherence {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #boot: string;
  readonly #statements: Record<Verb, StatementSync>;
  #contents: NearContents | undefined;
  #version: unknown;
  /** Changes up to this one have been told. */
  #told = 0;

  constructor({ database, now, boot }: SqliteNamesOptions) {
    this.#database = database;
    this.#now = now;
    this.#boot = boot;
    this.#statements = attempt(() => {
      createTables(database, SCHEMA);
      return prepareAll(database);
    });
  }

  /** Where the names stand, in the order asked. */
  look(names: readonly string[]): Generation[] {
    return attempt(() => names.map((name) => this.#look(name)));
  }

  /** Marks names as about to be changed. */
  mark({ writer, names, forMs }: Mark): void {
    const now = this.#now();
    const tags = names.map((name) => digest(name));
    transact(this.#database, () => {
      this.#sweep(now);
      for (const tag of tags) {
        // First, so that a mark of the same writer that ran out is not forgotten.
        this.#settle(tag, now);
        this.#statements.mark.run(tag, writer, now + forMs);
      }
      this.note(tags);
    });
  }

  /** Takes a writer's marks back. One that ran out has made a hard token. */
  unmark({ writer, names }: Pick<Mark, "writer" | "names">): void {
    const now = this.#now();
    transact(this.#database, () => {
      for (const tag of names.map((name) => digest(name))) {
        this.#settle(tag, now);
        this.#statements.unmark.run(tag, writer);
      }
    });
  }

  /** Gives names a token that they never had. */
  bump(names: readonly string[], kind: "hard" | "soft"): void {
    const now = this.#now();
    const tags = names.map((name) => digest(name));
    transact(this.#database, () => {
      for (const tag of tags) this.#renew(tag, kind, now);
      this.note(tags);
      this.#statements.forget.run(now, BATCH);
    });
  }

  /** Tells other processes that what these digests stand for has changed. The caller holds the transaction. */
  note(tags: readonly string[]): void {
    const { lastInsertRowid } = this.#statements.note.run(tags.join(" "));
    this.#statements.shorten.run(Number(lastInsertRowid) - LOG);
  }

  follow(contents: NearContents): void {
    this.#contents = contents;
    // In this order: what comes in between is told twice.
    this.#version = attempt(() => this.#readVersion());
    this.#told = attempt(() => Number(this.#statements.last.get()?.["seq"] ?? 0));
  }

  current(): boolean {
    try {
      const version = this.#readVersion();
      if (version !== this.#version) this.#catchUp();
      this.#version = version;
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    // The connection is the caller's.
  }

  #readVersion(): unknown {
    return this.#statements.version.get()?.["data_version"];
  }

  #catchUp(): void {
    const changes = this.#statements.since.all(this.#told);
    // The log has been shortened meanwhile.
    if (Number(changes[0]?.["seq"] ?? 0) > this.#told + 1) this.#contents?.clear();
    for (const { seq, tags } of changes) {
      this.#contents?.drop(String(tags).split(" "));
      this.#told = Number(seq);
    }
  }

  #look(name: string): Generation {
    const tag = digest(name);
    const now = this.#now();
    const seen = this.#statements.look.get({ name: tag });
    if (Number(seen?.["first"] ?? Infinity) <= now) {
      transact(this.#database, () => this.#settle(tag, now));
      return this.#look(name);
    }
    return {
      name,
      hard: `${this.#boot} ${String(seen?.["hard"] ?? "")}`,
      soft: String(seen?.["soft"] ?? ""),
      pending: Number(seen?.["last"] ?? 0) > now,
    };
  }

  /** Marks of a name that ran out make a hard token. */
  #settle(tag: string, now: number): void {
    if (this.#statements.settle.run(tag, now).changes > 0) this.#renew(tag, "hard", now);
  }

  /** Marks that ran out and that nobody asked for. */
  #sweep(now: number): void {
    for (const { name } of this.#statements.over.all(now, BATCH)) this.#settle(String(name), now);
  }

  #renew(tag: string, kind: "hard" | "soft", now: number): void {
    this.#statements[kind].run(tag, randomUUID(), now + GENERATION_MS);
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS names (
    name TEXT PRIMARY KEY, hard TEXT NOT NULL, soft TEXT NOT NULL, keep_until REAL NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS names_end ON names (keep_until);
  CREATE TABLE IF NOT EXISTS marks (
    name TEXT NOT NULL, writer TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (name, writer)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS marks_end ON marks (until);
  CREATE TABLE IF NOT EXISTS changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, tags TEXT NOT NULL);`;

const SQL = {
  look: `SELECT (SELECT hard FROM names WHERE name = :name) AS hard,
    (SELECT soft FROM names WHERE name = :name) AS soft,
    (SELECT min(until) FROM marks WHERE name = :name) AS first,
    (SELECT max(until) FROM marks WHERE name = :name) AS last`,
  mark: `INSERT INTO marks VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET until = max(until, excluded.until)`,
  unmark: "DELETE FROM marks WHERE name = ? AND writer = ?",
  settle: "DELETE FROM marks WHERE name = ? AND until <= ?",
  over: "SELECT DISTINCT name FROM marks WHERE until <= ? LIMIT ?",
  hard: `INSERT INTO names VALUES (?, ?, '', ?)
    ON CONFLICT DO UPDATE SET hard = excluded.hard, keep_until = excluded.keep_until`,
  soft: `INSERT INTO names (name, soft, hard, keep_until) VALUES (?, ?, '', ?)
    ON CONFLICT DO UPDATE SET soft = excluded.soft, keep_until = excluded.keep_until`,
  forget: `DELETE FROM names WHERE name IN
    (SELECT name FROM names WHERE keep_until <= ? ORDER BY keep_until LIMIT ?)`,
  note: "INSERT INTO changes (tags) VALUES (?)",
  shorten: "DELETE FROM changes WHERE seq <= ?",
  since: "SELECT seq, tags FROM changes WHERE seq > ? ORDER BY seq",
  last: "SELECT max(seq) AS seq FROM changes",
  version: "PRAGMA data_version",
} as const;

type Verb = keyof typeof SQL;

function prepareAll(database: DatabaseSync): Record<Verb, StatementSync> {
  const prepare = (verb: Verb): StatementSync => database.prepare(SQL[verb]);
  return {
    look: prepare("look"),
    mark: prepare("mark"),
    unmark: prepare("unmark"),
    settle: prepare("settle"),
    over: prepare("over"),
    hard: prepare("hard"),
    soft: prepare("soft"),
    forget: prepare("forget"),
    note: prepare("note"),
    shorten: prepare("shorten"),
    since: prepare("since"),
    last: prepare("last"),
    version: prepare("version"),
  };
}
