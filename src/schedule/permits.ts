import { Handout } from "./handout.ts";
import { createPermit, goodForMs, type Permit } from "./permit.ts";
import type { Asker } from "./askers.ts";
import type { Holdings } from "./holdings.ts";
import type { KnownPauses } from "./known-pauses.ts";
import type { Clock } from "../ports/clock.ts";
import type { LedgerTerms, Outcome } from "../ports/ledger.ts";

/** What permits are given with. */
export interface PermitsParts {
  readonly clock: Clock;
  /** As they are at each moment. */
  readonly terms: LedgerTerms;
  readonly holdings: Holdings;
  readonly pauses: KnownPauses;
  /** The ledger is to hear of something: at once, or where nobody waits for it, soon. */
  readonly tell: (when: "now" | "soon") => void;
}

/** A permit that the ledger has granted to somebody who still waits for it. */
export interface Grant {
  readonly ticket: string;
  /** Monotonic instant just before the ledger was asked. */
  readonly askedAt: number;
  readonly asker: Asker;
  /** It is there. */
  readonly hand: (permit: Permit) => void;
  /** It could not be sent in time: its asker is to stand in line again. */
  readonly again: () => void;
}

/** The permits of one process, from the ledger's word to the end of what was sent. */
export class Permits {
  readonly #parts: PermitsParts;
  readonly #handout: Handout;

  constructor(parts: PermitsParts) {
    this.#parts = parts;
    this.#handout = new Handout(parts.clock);
  }

  /** Hands a permit to its asker, as soon as it can be sent. */
  grant({ ticket, askedAt, asker, hand, again }: Grant): void {
    const { policies = [] } = asker.request;
    this.#handout.add({
      ticket,
      askedAt,
      goodForMs: goodForMs([...this.#parts.terms.quotas, ...policies]),
      hand: () => hand(this.#permitFor({ ticket, askedAt, asker })),
      again: () => {
        this.#parts.holdings.end(ticket, "returned");
        again();
      },
    });
  }

  /** One that has not been handed out is not wanted any more; false where it was, or was never granted. */
  withdraw(ticket: string): boolean {
    if (!this.#handout.withdraw(ticket)) return false;
    this.#parts.holdings.end(ticket, "returned");
    return true;
  }

  #permitFor({ ticket, askedAt, asker }: Pick<Grant, "ticket" | "askedAt" | "asker">): Permit {
    const { clock, terms, holdings, pauses, tell } = this.#parts;
    const { policies = [] } = asker.request;
    const handout = this.#handout;
    return createPermit({
      ticket,
      askedAt,
      waitedMs: clock.monotonic() - asker.askedAt,
      policies: policies.map(({ name }) => name),
      goodForMs: goodForMs([...terms.quotas, ...policies]),
      monotonic: () => clock.monotonic(),
      pauseKnownAt: () => pauses.knownAt(policies),
      onDepart() {
        holdings.depart(ticket, clock.monotonic());
        handout.departed(ticket);
      },
      onLate: () => handout.late(ticket),
      onAnswer() {
        // Everybody waits for a probe, so it is told of at once; of the others their end is enough.
        if (!pauses.isProbe(ticket)) return;
        holdings.answer(ticket);
        tell("now");
      },
      onEnd(outcome: Outcome | "returned") {
        holdings.end(ticket, outcome);
        handout.ended(ticket);
        tell(outcome === "answered" ? "soon" : "now");
      },
    });
  }
}
