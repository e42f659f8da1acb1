import { MemoryTables } from "../../src/schedule/memory-tables.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { takeLeave, takePause, takeTurn, type TurnInput } from "../../src/schedule/turn.ts";
import { takeOutlook } from "../../src/schedule/outlook.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type {
  Ledger,
  LedgerHint,
  LedgerOutlook,
  LedgerTerms,
  PauseReport,
  TurnReply,
  TurnReport,
} from "../../src/ports/ledger.ts";

/** The memory that several ledgers share, as processes share a store. */
export class SharedMemory {
  tables = new MemoryTables();
  memory = "memory-1";
  /** While true, every call fails after it has, or has not, taken effect. */
  failing: "no" | "before" | "after" = "no";
  readonly reports: TurnReport[] = [];
  /** How often somebody looked. */
  outlooks = 0;
  readonly ledgers: MemoryLedger[] = [];

  constructor() {
    this.tables.write("state", "memory", this.memory);
  }

  /** Loses everything, as a flush does. */
  flush(): void {
    this.tables = new MemoryTables();
  }
}

/** A Ledger over the rule's own tables, on a test's clock. */
export class MemoryLedger implements Ledger {
  readonly #shared: SharedMemory;
  readonly #terms: LedgerTerms;
  readonly #clock: Clock;
  #listeners: ((hint: LedgerHint) => void)[] = [];
  #self = "";

  constructor(shared: SharedMemory, ledgerTerms: LedgerTerms, clock: Clock) {
    this.#shared = shared;
    this.#terms = ledgerTerms;
    this.#clock = clock;
    shared.ledgers.push(this);
  }

  async turn(report: TurnReport): Promise<TurnReply> {
    this.#self = report.process;
    this.#shared.reports.push(report);
    return this.#attempt(() => {
      const { reply, hint } = takeTurn(this.#input(), report);
      for (const ledger of this.#shared.ledgers) ledger.hear(hint);
      return reply;
    });
  }

  async pause(report: PauseReport): Promise<void> {
    this.#attempt(() => {
      takePause(this.#input(), report);
      const { policy } = report;
      const hint = { kind: "paused" as const, ...(policy === undefined ? {} : { policy }) };
      for (const ledger of this.#shared.ledgers) ledger.tell(hint);
    });
  }

  onHint(listener: (hint: LedgerHint) => void): void {
    this.#listeners.push(listener);
  }

  hear(processes: readonly string[]): void {
    if (processes.includes(this.#self)) this.tell({ kind: "granted" });
  }

  tell(hint: LedgerHint): void {
    for (const listener of this.#listeners) listener(hint);
  }

  async leave(process: string): Promise<void> {
    this.#attempt(() => takeLeave(this.#input(), process));
  }

  async outlook(): Promise<LedgerOutlook> {
    this.#shared.outlooks += 1;
    return this.#attempt(() => takeOutlook(this.#input()));
  }

  async close(): Promise<void> {
    this.#listeners = [];
  }

  #attempt<Result>(work: () => Result): Result {
    const { failing } = this.#shared;
    if (failing === "before") throw new StoreFault("the test's store does not answer");
    const result = work();
    if (failing === "after") throw new StoreFault("the test's store answered too late");
    return result;
  }

  #input(): TurnInput {
    return {
      tables: this.#shared.tables,
      terms: this.#terms,
      clock: Math.round(this.#clock.monotonic() * 1000) + 1_000_000_000,
      memory: this.#shared.memory,
    };
  }
}
