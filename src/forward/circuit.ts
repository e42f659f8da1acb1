import { Rolling } from "./rolling.ts";

/*
 * The circuit of one upstream, as this process sees it.
 *
 *   closed -- most of what was sent lately failed --> open -- its time is over --> half-open
 *      ^                                               ^                              |  one probe
 *      +---------------- it was answered --------------+---------- it failed ---------+
 *
 * It is the upstream's and no route's, since what it tells is that the API, or the way to it, is gone; one slow route
 * does not open it as long as another is well. It is each process's own: its outcomes are at hand without a trip to the
 * store, a network that is broken for one instance is not for another, and a mistaken one stops nobody else. What a
 * shared one would spare is a few forwards for each instance, and one probe.
 */

/** When a circuit opens, and for how long. */
export interface CircuitTerms {
  /** Part of the outcomes in the window that must be failures, 0 to 1. */
  readonly failures: number;
  /** Outcomes that there must be, so that a few mean nothing. */
  readonly least: number;
  readonly windowMs: number;
  /** Until a probe may leave; 0: it never opens. */
  readonly openMs: number;
}

/** Whether forwards may leave. */
export type CircuitState = "closed" | "open" | "half-open";

/** Leave to be the one request that tries whether the upstream is back. */
export interface Probe {
  readonly admittedAt: number;
}

/** What becomes of a request that would go forward. */
export type Admission =
  | { readonly kind: "pass" }
  | { readonly kind: "probe"; readonly probe: Probe }
  /** `forMs`: until a probe may leave; `undefined`: one is under way. */
  | { readonly kind: "refused"; readonly forMs: number | undefined };

/** How one forward ended, as far as it tells of the upstream. */
export interface ForwardOutcome {
  readonly route: string;
  readonly failed: boolean;
  /** Monotonic instant at which its forward began. */
  readonly beganAt: number;
}

type State =
  | { readonly kind: "closed"; readonly since: number }
  | { readonly kind: "open"; readonly until: number; readonly probe?: Probe };

/** A route with fewer outcomes than this in the window tells nothing of the upstream's health. */
const ROUTE_LEAST = 5;

/** Judges by what forwards brought. Instants are monotonic, in milliseconds. */
export class Circuit {
  readonly #terms: CircuitTerms;
  readonly #failed: Rolling;
  readonly #all: Rolling;
  #state: State = { kind: "closed", since: Number.NEGATIVE_INFINITY };
  #openings = 0;

  constructor(terms: CircuitTerms) {
    this.#terms = terms;
    this.#failed = new Rolling(terms.windowMs);
    this.#all = new Rolling(terms.windowMs);
  }

  /** How often it has opened; a probe that failed does not count. */
  get openings(): number {
    return this.#openings;
  }

  /** As of `now`. */
  state(now: number): CircuitState {
    if (this.#state.kind === "closed") return "closed";
    return now < this.#state.until ? "open" : "half-open";
  }

  /** Asked before a request stands in line. Whoever becomes the probe reports its outcome, or releases it. */
  admit(now: number): Admission {
    const state = this.#state;
    if (state.kind === "closed") return { kind: "pass" };
    if (now < state.until) return { kind: "refused", forMs: state.until - now };
    if (state.probe) return { kind: "refused", forMs: undefined };
    const probe = { admittedAt: now };
    this.#state = { ...state, probe };
    return { kind: "probe", probe };
  }

  /** A probe that did not come to be sent, or whose outcome tells nothing, lets another try. */
  release(probe: Probe): void {
    const state = this.#state;
    if (state.kind === "open" && state.probe === probe) {
      this.#state = { kind: "open", until: state.until };
    }
  }

  /** Learns how a forward ended. True where that has opened a circuit that was closed. */
  note(outcome: ForwardOutcome, now: number): boolean {
    const state = this.#state;
    if (state.kind === "open") {
      this.#judgeProbe(outcome, now);
      return false;
    }
    // Of the time before it closed: it would speak of what is over.
    if (outcome.beganAt < state.since || this.#terms.openMs === 0) return false;
    this.#all.add(outcome.route, now);
    if (!outcome.failed) return false;
    this.#failed.add(outcome.route, now);
    if (!this.#mustOpen(now)) return false;
    this.#open(now);
    this.#openings += 1;
    return true;
  }

  #judgeProbe({ failed, beganAt }: ForwardOutcome, now: number): void {
    const state = this.#state;
    if (state.kind !== "open" || !state.probe || beganAt < state.probe.admittedAt) return;
    if (failed) this.#open(now);
    else this.#state = { kind: "closed", since: now };
  }

  #open(now: number): void {
    this.#state = { kind: "open", until: now + this.#terms.openMs };
    this.#failed.clear();
    this.#all.clear();
  }

  #mustOpen(now: number): boolean {
    const { failures, least } = this.#terms;
    const [all, failed] = [this.#all.sums(now), this.#failed.sums(now)];
    const total = sum(all);
    if (total < least || sum(failed) < failures * total) return false;
    // Where a route is well, the upstream is there, and what fails is another route's affair.
    return ![...all].some(
      ([route, count]) => count >= ROUTE_LEAST && (failed.get(route) ?? 0) < (failures / 2) * count,
    );
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((total, count) => total + count, 0);
}
