import type { ConsumerOutlook, LedgerOutlook, LedgerTerms } from "../ports/ledger.ts";

/** What of an outlook rates are told from. */
interface Seen extends Pick<LedgerOutlook, "atMs" | "underWay"> {
  readonly consumers: readonly Pick<ConsumerOutlook, "consumer" | "joined" | "units">[];
}

/**
 * A rate is taken over the longest of these times (or over what is known where that is less) with which the shorter
 * ones agree: the longer, the steadier; but what has just changed shows in the short ones only.
 */
const HORIZONS_MS = [300_000, 60_000, 15_000] as const;
/** Counts of requests that come at random stray from their mean by two roots of it, one time in twenty by more. */
const STRAY = 2;
/** Over less than this, a rate says nothing. */
const LEAST_MS = 1000;
/** A line is steady that has changed by no more than this part of what joined it, over this time. */
const STEADY = 0.05;
const STEADY_MS = 60_000;
/** Outlooks kept to measure from are so far apart. */
const APART_MS = 1000;

interface Sample {
  readonly atMs: number;
  readonly joined: ReadonlyMap<string, number>;
  /** Units that wait. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Units that have left the line since the ledger began, be it for the upstream. */
  readonly left: number;
  readonly full: boolean;
}

/** How fast each consumer asks and, where the concurrency is what holds, how fast the upstream takes it. */
export class Arrivals {
  readonly #terms: Pick<LedgerTerms, "concurrency">;
  #samples: Sample[] = [];
  #latest: Sample | undefined;

  constructor(terms: Pick<LedgerTerms, "concurrency">) {
    this.#terms = terms;
  }

  /** Takes one more outlook into account. A ledger that counts from the start again is begun with anew. */
  learn({ atMs, consumers, underWay }: Seen): void {
    const joined = new Map(consumers.map((one) => [one.consumer, one.joined]));
    const left = consumers.reduce((sum, one) => sum + one.joined - one.units, 0);
    const waiting = new Map(consumers.map((one) => [one.consumer, one.units]));
    const sample = { atMs, joined, waiting, left, full: underWay >= this.#terms.concurrency };
    if (left < (this.#latest?.left ?? 0)) this.#samples = [];
    this.#latest = sample;
    this.#samples = this.#samples.filter((old) => atMs - old.atMs <= HORIZONS_MS[0]);
    const last = this.#samples.at(-1);
    if (last === undefined || atMs - last.atMs >= APART_MS) this.#samples.push(sample);
  }

  /** Units a millisecond, by consumer. */
  rates(): ReadonlyMap<string, number> {
    const latest = this.#latest;
    if (!latest) return new Map();
    const firsts = HORIZONS_MS.flatMap(
      (horizonMs) => this.#samples.find(({ atMs }) => latest.atMs - atMs <= horizonMs) ?? [],
    ).filter(({ atMs }) => latest.atMs - atMs >= LEAST_MS);
    return new Map(
      [...latest.joined].map(([consumer, units]) => {
        const spans = firsts.map(({ atMs, joined }) => {
          return { units: units - (joined.get(consumer) ?? 0), ms: latest.atMs - atMs };
        });
        return [consumer, rateOf(spans)];
      }),
    );
  }

  /** Over how long a time rates are known at best, in milliseconds. */
  get spanMs(): number {
    return (this.#latest?.atMs ?? 0) - (this.#samples[0]?.atMs ?? this.#latest?.atMs ?? 0);
  }

  /** Those who wait and whose lines have been as long for up to a minute: who asks again as soon as it is answered. */
  steady(): ReadonlySet<string> {
    const latest = this.#latest;
    const first = this.#samples.find(({ atMs }) => (latest?.atMs ?? 0) - atMs <= STEADY_MS);
    if (!latest || !first || latest.atMs - first.atMs < LEAST_MS) return new Set();
    const names = [...latest.waiting].filter(([consumer, waiting]) => {
      const change = Math.abs(waiting - (first.waiting.get(consumer) ?? 0));
      const joined = (latest.joined.get(consumer) ?? 0) - (first.joined.get(consumer) ?? 0);
      return waiting > 1 && joined > 0 && change <= Math.max(1, STEADY * joined);
    });
    return new Set(names.map(([consumer]) => consumer));
  }

  /** Units a millisecond that leave while all places are taken; `undefined` where some were free. */
  servedPerMs(): number | undefined {
    const since = this.#samples.findLastIndex(({ full }) => !full) + 1;
    const [first, latest] = [this.#samples[since], this.#latest];
    if (!first || !latest?.full || latest.atMs - first.atMs < LEAST_MS) return undefined;
    const units = latest.left - first.left;
    return units > 0 ? units / (latest.atMs - first.atMs) : undefined;
  }
}

/** The rate over the first of some spans, longest first, with which the rest agree. */
function rateOf(spans: readonly { readonly units: number; readonly ms: number }[]): number {
  const [longest, ...shorter] = spans;
  if (longest === undefined) return 0;
  const rate = longest.units / longest.ms;
  const agree = shorter.every(
    ({ units, ms }) => Math.abs(units - rate * ms) <= STRAY * Math.sqrt(rate * ms) + 1,
  );
  return agree ? rate : rateOf(shorter);
}

/** Up to so many arrivals, chance matters. */
const FEW = 20;

/** The mean of a random number of arrivals of which only the first `most` matter (Poisson); of many, all but the same. */
export function meanUpTo(expected: number, most: number): number {
  if (most > FEW || expected > 5 * FEW) return Math.min(expected, most);
  let [mean, exactly, atMost] = [0, Math.exp(-expected), 0];
  for (let count = 0; count < most; count += 1) {
    atMost += exactly;
    mean += Math.min(1, most - count) * (1 - atMost);
    exactly *= expected / (count + 1);
  }
  return mean;
}
