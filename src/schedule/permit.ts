import type { Outcome, Policy } from "../ports/ledger.ts";

/** Leave to send one request, for a short while. */
export interface Permit {
  readonly ticket: string;
  /** From the request for the permit to its grant. */
  readonly waitedMs: number;
  /** Names of the inner quotas that it was granted under. */
  readonly policies: readonly string[];
  /**
   * Asked when the head is about to be written; from a yes on, the unit is spent. No: the permit has
   * grown older than the pad allows, or a pause has become known since; give it back and ask again.
   */
  mayDepart(): boolean;
  /** Reports that the head of the answer has come and was no 429; the body may still be on its way. */
  answered(): void;
  /** Says that the upstream counts this request as none: its units go back when it ends. */
  refund(): void;
  /**
   * Reports the end, once. A permit that never departed is given back, whatever the outcome says.
   * One that departed stays spent, and its place among the concurrent forwards is free.
   */
  end(outcome: Outcome): void;
  /** Ends a turn that is not used. */
  giveBack(): void;
}

/** What a permit needs from its scheduler. */
export interface PermitTerms {
  readonly ticket: string;
  readonly waitedMs: number;
  readonly policies: readonly string[];
  /** Monotonic instant just before the ledger was asked: the stamp is not older than this. */
  readonly askedAt: number;
  /** The longest a permit may be held before it departs. */
  readonly goodForMs: number;
  readonly monotonic: () => number;
  /** Monotonic instant at which this process last learned of a pause that holds what the permit is for. */
  readonly pauseKnownAt: () => number;
  readonly onDepart: () => void;
  /** It was asked for too late. */
  readonly onLate: () => void;
  readonly onAnswer: () => void;
  readonly onEnd: (outcome: Outcome | "returned") => void;
}

/** For how long a permit is good: half of the pad is its own, the other half the network's. */
export function goodForMs(quotas: readonly Pick<Policy, "padMs">[]): number {
  return Math.min(...quotas.map(({ padMs }) => padMs)) / 2;
}

/** Makes a permit that judges itself. */
export function createPermit(terms: PermitTerms): Permit {
  let state: "held" | "departed" | "ended" = "held";
  let charged = true;
  const end = (outcome: Outcome): void => {
    if (state === "ended") return;
    const departed = state === "departed";
    state = "ended";
    terms.onEnd(departed && charged ? outcome : "returned");
  };
  return {
    ticket: terms.ticket,
    waitedMs: terms.waitedMs,
    policies: terms.policies,
    mayDepart() {
      if (state !== "held") return false;
      const tooOld = terms.monotonic() - terms.askedAt > terms.goodForMs;
      if (tooOld) terms.onLate();
      if (tooOld || terms.pauseKnownAt() >= terms.askedAt) return false;
      state = "departed";
      terms.onDepart();
      return true;
    },
    answered() {
      if (state === "departed") terms.onAnswer();
    },
    refund() {
      charged = false;
    },
    end,
    giveBack() {
      // What has departed all the same is spent.
      end("failed");
    },
  };
}
