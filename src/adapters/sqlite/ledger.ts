import type { DatabaseSync } from "node:sqlite";
import { StoreFault } from "../../ports/faults.ts";
import { takeOutlook } from "../../schedule/outlook.ts";
import { logOf, longestSpan } from "../../schedule/windows.ts";
import { innerLog, policyHash } from "../../schedule/inner.ts";
import { pauseHash } from "../../schedule/pauses.ts";
import { takeLeave, takePause, takeTurn, type TurnInput } from "../../schedule/turn.ts";
import type {
  Ledger,
  LedgerHint,
  LedgerOutlook,
  LedgerTerms,
  PauseReport,
  TurnReply,
  TurnReport,
} from "../../ports/ledger.ts";
import type { MachineClock } from "./machine-clock.ts";
import { patiently } from "./open.ts";
import { SqliteTables } from "./tables.ts";

/*
 * The embedded ledger: the rule of schedule/turn.ts in one short write transaction a turn, on the
 * machine's monotonic clock, for the processes of one machine. A file does not lose its memory, so it
 * never recovers; but after a reboot its clock has started anew, and every stamp is taken for now.
 */

/** What `state` and the hashes of policies keep as instants. */
const INSTANTS = ["paceAt", "pausedUntil", "pausedAt", "rampUntil", "recoverUntil"] as const;

/** How often another process's commit is looked for (`PRAGMA data_version`, 4 microseconds a look). */
const LOOK_MS = 5;

/** What the embedded ledger is built with. `database` is the process's own connection. */
export interface SqliteLedgerOptions {
  readonly database: DatabaseSync;
  readonly terms: LedgerTerms;
  readonly clock: MachineClock;
}

/** A Ledger for all processes that open the same file. @throws StoreFault where the file is locked or damaged. */
export function createSqliteLedger(options: SqliteLedgerOptions): Ledger {
  return new SqliteLedger(options);
}

class SqliteLedger implements Ledger {
  readonly #database: DatabaseSync;
  readonly #tables: SqliteTables;
  readonly #terms: LedgerTerms;
  readonly #clock: MachineClock;
  readonly #listeners: ((hint: LedgerHint) => void)[] = [];
  readonly #look: NodeJS.Timeout;
  readonly #readVersion: () => unknown;
  #version: unknown;
  #process = "";
  /** The pauses that were seen last: `""` for the upstream's, else the policy's name, with their ends. */
  #pauses = new Map<string, string>();

  constructor({ database, terms, clock }: SqliteLedgerOptions) {
    this.#database = database;
    this.#terms = terms;
    this.#clock = clock;
    this.#tables = new SqliteTables(database, terms.upstream);
    patiently(database, () => this.#transact(() => this.#settleBoot()));
    const version = database.prepare("PRAGMA data_version");
    this.#readVersion = () => version.get()?.["data_version"];
    this.#version = this.#readVersion();
    this.#look = setInterval(() => this.#lookForChanges(), LOOK_MS).unref();
  }

  async turn(report: TurnReport): Promise<TurnReply> {
    this.#process = report.process;
    return this.#transact(() => takeTurn(this.#input(), report).reply);
  }

  async pause(report: PauseReport): Promise<void> {
    this.#transact(() => takePause(this.#input(), report));
    const { policy } = report;
    this.#tell({ kind: "paused", ...(policy === undefined ? {} : { policy }) });
  }

  onHint(listener: (hint: LedgerHint) => void): void {
    this.#listeners.push(listener);
  }

  async leave(process: string): Promise<void> {
    this.#transact(() => takeLeave(this.#input(), process));
  }

  async outlook(): Promise<LedgerOutlook> {
    return this.#transact(() => takeOutlook(this.#input()), "BEGIN");
  }

  async close(): Promise<void> {
    clearInterval(this.#look);
  }

  #input(): TurnInput {
    return {
      tables: this.#tables,
      terms: this.#terms,
      clock: this.#clock.micros(),
      memory: this.#clock.boot,
    };
  }

  /**
   * Deferred transactions that write fail with BUSY_SNAPSHOT under contention, an immediate one waits its turn;
   * one that only reads (`BEGIN`) sees a single state and waits for nobody.
   */
  #transact<Result>(work: () => Result, begin = "BEGIN IMMEDIATE"): Result {
    try {
      this.#database.exec(begin);
      try {
        const result = work();
        this.#database.exec("COMMIT");
        return result;
      } catch (error) {
        this.#database.exec("ROLLBACK");
        throw error;
      }
    } catch (error) {
      throw new StoreFault(`The ledger's file could not be used: ${String(error)}`, error);
    }
  }

  /** A new file starts with nothing to recover; after a reboot, stamps of another clock become now. */
  #settleBoot(): void {
    const tables = this.#tables;
    const known = tables.read("state", "memory");
    if (known === this.#clock.boot) return;
    tables.write("state", "memory", this.#clock.boot);
    if (known === undefined) return;
    const now = this.#clock.micros();
    tables.write("state", "now", String(now));
    this.#settleStamps(now);
    for (const { member } of tables.first("underWay", tables.size("underWay"))) {
      tables.displace("underWay", member);
    }
    tables.write("state", "rampUntil", String(now + longestSpan(this.#terms)));
  }

  /** Takes each stamp, and each instant that is kept, for now. */
  #settleStamps(now: number): void {
    const tables = this.#tables;
    const policies = tables.entries("policies").map(([name]) => name);
    for (const hash of ["state", ...policies.map(policyHash)]) {
      for (const name of INSTANTS) {
        // A policy that was idle may have its pace before the clock's start.
        if (Number(tables.read(hash, name) ?? 0) !== 0) tables.write(hash, name, String(now));
      }
    }
    const logs = tables.entries("logs").map(([windowMs]) => logOf({ windowMs: Number(windowMs) }));
    for (const set of [...logs, ...policies.map(innerLog), "sleepers", "processes"]) {
      for (const { member } of tables.first(set, tables.size(set))) tables.place(set, member, now);
    }
  }

  /** SQLite pushes nothing, so each process looks whether another's commit concerns it. */
  #lookForChanges(): void {
    try {
      const version = this.#readVersion();
      if (version === this.#version) return;
      this.#version = version;
      if (this.#tables.entries(`assigned:${this.#process}`).length > 0)
        this.#tell({ kind: "granted" });
      for (const policy of ["", ...this.#tables.entries("paused").map(([name]) => name)])
        this.#lookForPause(policy);
    } catch {
      // A look that meets a lock is made good by the next one, or by the turn's own poll.
    }
  }

  #lookForPause(policy: string): void {
    const scope = policy === "" ? {} : { policy };
    const until = this.#tables.read(pauseHash(scope.policy), "pausedUntil") ?? "0";
    const holds = Number(until) > this.#clock.micros();
    if (until !== this.#pauses.get(policy) && holds) this.#tell({ kind: "paused", ...scope });
    this.#pauses.set(policy, until);
  }

  #tell(hint: LedgerHint): void {
    for (const listener of this.#listeners) listener(hint);
  }
}
