import { StoreFault } from "../ports/faults.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  Ledger,
  LedgerHint,
  LedgerOutlook,
  PauseReport,
  TurnReply,
  TurnReport,
} from "../ports/ledger.ts";

/** A pause whose length the ledger decides is known with the next turn; until then it is taken to last so long. */
const UNTOLD_MS = 1000;

/** A ledger that remembers what passed through it, for the metrics; it changes nothing. */
export class WatchedLedger implements Ledger {
  readonly #inner: Ledger;
  readonly #clock: Pick<Clock, "monotonic">;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #pauses = 0;

  constructor(inner: Ledger, clock: Pick<Clock, "monotonic">) {
    this.#inner = inner;
    this.#clock = clock;
  }

  /** Pauses that this process has seen begin: one that another met while this one had nothing to send it may not. */
  get pauses(): number {
    return this.#pauses;
  }

  /** For how long, as far as this process has heard, nothing is granted. */
  get pausedForMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic());
  }

  async turn(report: TurnReport): Promise<TurnReply> {
    const askedAt = this.#clock.monotonic();
    const reply = await this.#inner.turn(report);
    this.#see(reply.pausedForMs, askedAt);
    return reply;
  }

  async pause(report: PauseReport): Promise<void> {
    this.#see(report.forMs ?? UNTOLD_MS, this.#clock.monotonic());
    await this.#inner.pause(report);
    // An operator has ended what held.
    if (report.ordered === true && report.forMs === 0) this.#pausedUntil = Number.NEGATIVE_INFINITY;
  }

  onHint(listener: (hint: LedgerHint) => void): void {
    this.#inner.onHint(listener);
  }

  leave(process: string): Promise<void> {
    return this.#inner.leave(process);
  }

  outlook(): Promise<LedgerOutlook> {
    return this.#inner.outlook();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** The ledger as it stands; `undefined` where it is out of reach. */
  async look(): Promise<LedgerOutlook | undefined> {
    try {
      return await this.#inner.outlook();
    } catch (error) {
      if (error instanceof StoreFault) return undefined;
      throw error;
    }
  }

  /** What was known was over before it was asked: so this is another pause, however long the reply took. */
  #see(forMs: number, askedAt: number): void {
    if (forMs <= 0) return;
    if (askedAt >= this.#pausedUntil) this.#pauses += 1;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + forMs);
  }
}
