import type { Logger } from "pino";
import { Bookkeeping } from "./accounts.ts";
import { Counts, type BackgroundCost } from "./counts.ts";
import { logAccess, logHit } from "./log.ts";
import { RecentRecords } from "./recent-records.ts";
import type { Accounts } from "../ports/accounts.ts";
import type { Clock } from "../ports/clock.ts";
import type { AccessRecord, HitKind, HitRecord } from "./access-record.ts";
import type { ExchangeMetrics } from "./exchange-metrics.ts";

/** What exchanges are recorded with. */
export interface RecorderParts {
  readonly log: Logger;
  readonly store: Accounts;
  readonly clock: Clock;
  /** Absent: no metrics are kept. */
  readonly metrics?: Pick<ExchangeMetrics, "add" | "addHits" | "addBackground">;
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

  /** Requests have been answered from store: the same as `add()` of their whole records, in one go. */
  addHits(hits: readonly HitRecord[]): void {
    const endedAt = this.#clock.now();
    for (const [kind, same] of byKind(hits)) {
      this.counts.addHits(kind, same.length);
      this.accounts.addHits(kind, same.length);
      this.#metrics?.addHits(kind, same);
    }
    for (const hit of hits) {
      this.recent.addHit(hit, endedAt);
      logHit(this.#log, hit);
    }
  }

  /** Something was sent in the background. */
  addBackground(cost: BackgroundCost): void {
    this.counts.addBackground(cost);
    this.accounts.addBackground(cost);
    this.#metrics?.addBackground(cost);
  }
}

function byKind(hits: readonly HitRecord[]): ReadonlyMap<HitKind, readonly HitRecord[]> {
  const kinds = new Map<HitKind, HitRecord[]>();
  for (const hit of hits) {
    const same = kinds.get(hit.kind);
    if (same) same.push(hit);
    else kinds.set(hit.kind, [hit]);
  }
  return kinds;
}
