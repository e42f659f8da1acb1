import type { Logger } from "pino";
import { Bookkeeping } from "./accounts.ts";
import { Counts, type BackgroundCost } from "./counts.ts";
import { logAccess } from "./log.ts";
import { RecentRecords } from "./recent-records.ts";
import type { Accounts } from "../ports/accounts.ts";
import type { Clock } from "../ports/clock.ts";
import type { AccessRecord } from "./access-record.ts";
import type { ExchangeMetrics } from "./exchange-metrics.ts";

/** What exchanges are recorded with. */
export interface RecorderParts {
  readonly log: Logger;
  readonly store: Accounts;
  readonly clock: Clock;
  /** Absent: no metrics are kept. */
  readonly metrics?: Pick<ExchangeMetrics, "add" | "addBackground">;
}

/** Takes what is known of an exchange to all who keep something of it: the log, this process's counts, metrics and memory, the accounts. */
export class Recorder {
  readonly counts = new Counts();
  readonly accounts: Bookkeeping;
  readonly recent = new RecentRecords();
  readonly #log: Logger;
  readonly #clock: Pick<Clock, "now">;
  readonly #metrics: RecorderParts["metrics"];

  constructor({ log, store, clock, metrics }: RecorderParts) {
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
    this.accounts = new Bookkeeping({
      store,
      clock,
      onTrouble: (what, error) => log.warn(error === undefined ? {} : { err: error }, what),
    });
  }

  /** An exchange has ended. */
  add(record: AccessRecord, cause?: unknown): void {
    this.counts.add(record);
    this.accounts.add(record);
    this.#metrics?.add(record);
    this.recent.add(record, this.#clock.now());
    logAccess(this.#log, record, cause);
  }

  /** Something was sent in the background. */
  addBackground(cost: BackgroundCost): void {
    this.counts.addBackground(cost);
    this.accounts.addBackground(cost);
    this.#metrics?.addBackground(cost);
  }
}
