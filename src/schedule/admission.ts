import { StoreFault } from "../ports/faults.ts";
import { Lookout } from "./lookout.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, LedgerTerms } from "../ports/ledger.ts";
import type { Foreseen, Foresight, Prospect } from "./foresee.ts";
import type { Share, Sharer } from "./share.ts";

/** A forecast is right within the larger of these; only what is late beyond it is refused. */
const TOLERANCE = 0.1;
const TOLERANCE_MS = 1000;

/** What an admission is built with. */
export interface AdmissionParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly terms: LedgerTerms;
  /** The weights of all who may ever ask, together; absent: not known. */
  readonly weights?: () => number;
}

/** A request as its admission is judged. */
export interface Applicant extends Prospect {
  /** Monotonic instant by which it must have left. */
  readonly deadline: number;
}

/** True where a request would leave too late even if the forecast is as wrong as it may be. */
export function isHopeless({ waitMs }: Foresight, leftMs: number): boolean {
  return waitMs - Math.max(TOLERANCE * waitMs, TOLERANCE_MS) > leftMs;
}

/**
 * Judges whether requests can leave before their deadlines. The ledger is asked at most once in a short while, and
 * only about requests that wait: an idle gateway pays nothing.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #lookout: Lookout;
  #looking: Promise<void> | undefined;
  /** The outlook in hand was asked for to tell shares: units given back since would make it refuse in vain. */
  #sharesOnly = false;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#lookout = new Lookout(parts.terms, parts.weights);
  }

  /** What awaits a request, as far as is known. */
  foresee(prospect: Prospect): Foreseen | undefined {
    return this.#lookout.foresee(prospect, this.#parts.clock.monotonic());
  }

  /** A consumer's share, as far as is known. */
  share(sharer: Sharer): Share | undefined {
    return this.#lookout.share(sharer, this.#parts.clock.monotonic());
  }

  /** Judges on a fresh outlook only: what awaits a request that is too late, "in-time", or "unknown". */
  judge(applicant: Applicant): Foresight | "in-time" | "unknown" {
    const now = this.#parts.clock.monotonic();
    if (this.#sharesOnly || !this.#lookout.isFresh(now)) return "unknown";
    const foresight = this.#lookout.foresee(applicant, now);
    if (foresight === undefined) return "unknown";
    return isHopeless(foresight, Math.max(0, applicant.deadline - now)) ? foresight : "in-time";
  }

  /** A request joins the line, or leaves it unserved. */
  note({ consumer, cost }: Prospect, what: "joins" | "leaves"): void {
    this.#lookout.note(consumer, what === "joins" ? cost : -cost);
  }

  /** Gets a fresh outlook where there is none; where the ledger is out of reach, there is none afterwards either. */
  async look(unreported: ReadonlyMap<string, number>): Promise<void> {
    if (!this.#sharesOnly && this.#lookout.isFresh(this.#parts.clock.monotonic())) return;
    await this.#look(unreported);
    this.#sharesOnly = false;
  }

  /** Gets a fresh outlook to tell shares by; nobody is judged by it. */
  async lookForShares(unreported: ReadonlyMap<string, number>): Promise<void> {
    if (this.#lookout.isFresh(this.#parts.clock.monotonic())) return;
    this.#sharesOnly = true;
    await this.#look(unreported);
  }

  async #look(unreported: ReadonlyMap<string, number>): Promise<void> {
    this.#looking ??= this.#ask(unreported).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #ask(unreported: ReadonlyMap<string, number>): Promise<void> {
    const askedAt = this.#parts.clock.monotonic();
    this.#lookout.ask(unreported);
    try {
      this.#lookout.learn(await this.#parts.ledger.outlook(), askedAt);
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
    }
  }
}
