import { Arrivals } from "./arrivals.ts";
import type { LedgerOutlook } from "../ports/ledger.ts";

/** What is asked for at one place. */
export interface Demand {
  /** Units a millisecond, by consumer. */
  readonly rates: ReadonlyMap<string, number>;
  /** Those whose lines are as long as they were: they ask again as they are answered, whatever their rate. */
  readonly steady: ReadonlySet<string>;
}

/** How fast each consumer asks for what is under each inner quota, as outlooks that follow each other show it. */
export class ArrivalsAt {
  readonly #arrivals = new Map<string, Arrivals>();
  /** Inner quotas of the latest outlook, by name. */
  #latest: ReadonlySet<string> = new Set();

  /** Takes one more outlook into account. */
  learn({ atMs, policies }: Pick<LedgerOutlook, "atMs" | "policies">): void {
    this.#latest = new Set(policies.map(({ policy }) => policy));
    for (const { policy, consumers } of policies) {
      const arrivals = this.#arrivals.get(policy) ?? new Arrivals({ concurrency: Infinity });
      this.#arrivals.set(policy, arrivals);
      arrivals.learn({ atMs, consumers, underWay: 0 });
    }
  }

  /** The rates at each inner quota that the latest outlook tells of. */
  rates(): ReadonlyMap<string, Demand["rates"]> {
    return new Map([...this.#told()].map(([policy, arrivals]) => [policy, arrivals.rates()]));
  }

  /** The demand at each inner quota that the latest outlook tells of. */
  demands(): ReadonlyMap<string, Demand> {
    return new Map(
      [...this.#told()].map(([policy, arrivals]) => [
        policy,
        { rates: arrivals.rates(), steady: arrivals.steady() },
      ]),
    );
  }

  #told(): ReadonlyMap<string, Arrivals> {
    return new Map([...this.#arrivals].filter(([policy]) => this.#latest.has(policy)));
  }
}
