import { randomUUID } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { digest } from "../digest.ts";
import { Listeners } from "../listeners.ts";
import { createTables } from "./open.ts";
import { attempt, transact } from "./transact.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Lease, LeaseEnd, Leases } from "../../ports/leases.ts";
import type { MachineClock } from "./machine-clock.ts";

/*
 * Leases in the cache's file, on the machine's clock, which all its processes share. SQLite pushes nothing, so
 * while somebody waits the rows that they wait for are looked at every LOOK_MS. An ended lease keeps its row for a
 * while, so that they see how it ended. A row from before a reboot reaches further into the future than a lease can.
 */

/** A lease lasts this long without being prolonged, in milliseconds. */
const LEASE_MS = 2000;

/** Three prolongations may fail before a lease runs out. */
const PROLONG_MS = 600;

/** How often rows are looked at while somebody waits, in milliseconds. */
const LOOK_MS = 20;

/** What leases are built with. `database` is the process's own connection and stays the caller's to close. */
export interface SqliteLeasesOptions {
  readonly database: DatabaseSync;
  /** What the rows go by. */
  readonly machine: Pick<MachineClock, "micros">;
  /** What waits go by. */
  readonly clock: Clock;
}

/** Leases over all processes that open the same file. */
export function createSqliteLeases(options: SqliteLeasesOptions): Leases {
  return new SqliteLeases(options);
}

/** A row: who has the lease; `how` is empty until it has ended. */
interface Row {
  readonly owner: string;
  readonly how: string;
}

class SqliteLeases implements Leases {
  readonly #options: SqliteLeasesOptions;
  readonly #statements: Record<keyof typeof SQL, StatementSync>;
  readonly #self = randomUUID();
  readonly #closed = new AbortController();
  /** Ids of keys, with the owner under which this process has them. */
  readonly #held = new Map<string, string>();
  /** Told each time that the rows have been looked at. */
  readonly #lookers = new Listeners<Row | undefined>();
  #taken = 0;
  #prolonging = false;
  #looking = false;

  constructor(options: SqliteLeasesOptions) {
    this.#options = options;
    const { database } = options;
    this.#statements = attempt(() => {
      createTables(database, SCHEMA);
      const prepare = (verb: keyof typeof SQL): StatementSync => database.prepare(SQL[verb]);
      const all = { read: prepare("read"), take: prepare("take"), end: prepare("end") };
      return { ...all, prolong: prepare("prolong"), clear: prepare("clear") };
    });
  }

  async take(key: string): Promise<Lease | undefined> {
    const id = digest(key);
    const owner = `${this.#self}/${(this.#taken += 1)}`;
    const taken = transact(this.#options.database, () => {
      const row = this.#read(id);
      if (row?.how === "") return false;
      const now = this.#nowMs();
      this.#statements.take.run(id, owner, now + LEASE_MS);
      this.#statements.clear.run(now, now + LEASE_MS);
      return true;
    });
    if (!taken) return undefined;
    this.#held.set(id, owner);
    if (!this.#prolonging) void this.#prolong();
    return { end: (how) => this.#end(id, owner, how) };
  }

  async ended(key: string, signal: AbortSignal): Promise<LeaseEnd> {
    signal.throwIfAborted();
    const id = digest(key);
    const first = this.#peek(id);
    if (first?.how !== "" || this.#closed.signal.aborted) return endOf(first);
    const { promise, resolve, reject } = Promise.withResolvers<LeaseEnd>();
    const abort = (): void => reject(signal.reason);
    const close = (): void => resolve("lost");
    signal.addEventListener("abort", abort);
    this.#closed.signal.addEventListener("abort", close);
    using _ = this.#listen(id, (row) => {
      if (row?.owner !== first.owner) resolve("lost");
      else if (row.how !== "") resolve(endOf(row));
    });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#closed.signal.removeEventListener("abort", close);
    }
  }

  onTaken(key: string, listener: () => void): Disposable {
    const id = digest(key);
    let last: string | undefined;
    return this.#listen(id, (row) => {
      if (row?.how !== "" || row.owner === last) return;
      last = row.owner;
      if (!row.owner.startsWith(`${this.#self}/`)) listener();
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    for (const [id, owner] of this.#held) await this.#end(id, owner, "lost");
  }

  #nowMs(): number {
    return this.#options.machine.micros() / 1000;
  }

  #read(id: string): Row | undefined {
    const now = this.#nowMs();
    const row = this.#statements.read.get(id, now, now + LEASE_MS);
    return row && { owner: String(row["owner"]), how: String(row["how"]) };
  }

  /** Loss of the store counts as the loss of every lease. */
  #peek(id: string): Row | undefined {
    try {
      return this.#read(id);
    } catch {
      return undefined;
    }
  }

  #listen(id: string, listener: (row: Row | undefined) => void): Disposable {
    const listening = this.#lookers.add(id, listener);
    if (!this.#looking) void this.#look();
    return listening;
  }

  async #look(): Promise<void> {
    this.#looking = true;
    const { signal } = this.#closed;
    // Nobody is called before they know that they listen.
    await Promise.resolve();
    while (this.#lookers.ids.length > 0 && !signal.aborted) {
      for (const id of this.#lookers.ids) this.#lookers.tell(id, this.#peek(id));
      await this.#options.clock.sleep(LOOK_MS, signal).catch(() => {});
    }
    this.#looking = false;
  }

  async #prolong(): Promise<void> {
    this.#prolonging = true;
    const { signal } = this.#closed;
    while (this.#held.size > 0 && !signal.aborted) {
      await this.#options.clock.sleep(PROLONG_MS, signal).catch(() => {});
      for (const [id, owner] of this.#held) this.#prolongOne(id, owner);
    }
    this.#prolonging = false;
  }

  #prolongOne(id: string, owner: string): void {
    const now = this.#nowMs();
    try {
      const { changes } = this.#statements.prolong.run(now + LEASE_MS, id, owner, now);
      // It ran out, and may be another's by now.
      if (changes === 0) this.#held.delete(id);
    } catch {
      // The next one may come through.
    }
  }

  async #end(id: string, owner: string, how: LeaseEnd): Promise<void> {
    if (this.#held.get(id) !== owner) return;
    this.#held.delete(id);
    try {
      this.#statements.end.run(how, this.#nowMs() + LEASE_MS, id, owner);
    } catch {
      // Then the lease runs out.
    }
  }
}

/** How a lease ended that is there no more. */
function endOf(row: Row | undefined): LeaseEnd {
  return row?.how === "shared" || row?.how === "alone" ? row.how : "lost";
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS leases (
    key TEXT PRIMARY KEY, owner TEXT NOT NULL, how TEXT NOT NULL, until_ms REAL NOT NULL) WITHOUT ROWID;`;

const SQL = {
  read: "SELECT owner, how FROM leases WHERE key = ? AND until_ms > ? AND until_ms <= ?",
  take: "INSERT OR REPLACE INTO leases VALUES (?, ?, '', ?)",
  prolong:
    "UPDATE leases SET until_ms = ? WHERE key = ? AND owner = ? AND until_ms > ? AND how = ''",
  end: "UPDATE leases SET how = ?, until_ms = ? WHERE key = ? AND owner = ? AND how = ''",
  clear: "DELETE FROM leases WHERE until_ms <= ? OR until_ms > ?",
} as const;
