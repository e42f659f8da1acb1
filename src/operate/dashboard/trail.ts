import type { LedgerOutlook, LedgerTerms } from "../../ports/ledger.ts";

/*
 * How full the window was, for the picture of the last quarter of an hour. The ledger is the same for all instances,
 * so what one of them sees of it holds for all; what it saw before its own start is not there.
 */

/** How far back the trail goes, in milliseconds. */
export const TRAIL_MS = 900_000;

/** Between two samples, in milliseconds. */
export const SAMPLE_MS = 5000;

/** The ledger at one instant. */
export interface Sample {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Units that the window holds, and may hold. */
  readonly used: number;
  readonly limit: number;
  /** How long a pause holds yet, in milliseconds. */
  readonly pausedMs: number;
  /** Tickets that wait. */
  readonly waiting: number;
}

type Quota = LedgerTerms["quotas"][number];

/** The quota that is used up first at full, even use. */
export function tightest({ quotas }: LedgerTerms): Quota | undefined {
  return quotas.toSorted((one, other) => paceOf(one) - paceOf(other))[0];
}

function paceOf({ limit, windowMs, padMs }: Quota): number {
  return limit / (windowMs + padMs);
}

/** What an outlook at `at` (epoch milliseconds) says of the tightest quota. */
export function sampleOf(outlook: LedgerOutlook, terms: LedgerTerms, at: number): Sample {
  const quota = tightest(terms);
  return {
    at,
    used: outlook.quotas.find((one) => one.quota === quota?.name)?.used ?? 0,
    limit: quota?.limit ?? 0,
    pausedMs: outlook.blockedForMs,
    waiting: outlook.consumers.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}

/** The samples of the last quarter of an hour; those that are closer together than the step replace each other. */
export class Trail {
  #samples: Sample[] = [];

  /** Oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Adds one. A pause begins or ends with a sample of its own. */
  add(sample: Sample): void {
    const [before, last] = this.#samples.slice(-2);
    const sameState =
      before !== undefined && last !== undefined && isPaused(before) === isPaused(last);
    if (sameState && last.at - before.at < SAMPLE_MS) this.#samples.pop();
    this.#samples.push(sample);
    const from = sample.at - TRAIL_MS - SAMPLE_MS;
    if ((this.#samples[0]?.at ?? from) < from) {
      this.#samples = this.#samples.filter(({ at }) => at >= from);
    }
  }

  /** Times in which a pause held, oldest first; each ends where it was seen to end, or when it would by itself. */
  pauses(): readonly { readonly from: number; readonly to: number }[] {
    const pauses: { from: number; to: number }[] = [];
    for (const [index, sample] of this.#samples.entries()) {
      if (!isPaused(sample)) continue;
      const next = this.#samples[index + 1];
      const end = sample.at + sample.pausedMs;
      const to = next && !isPaused(next) ? Math.min(end, next.at) : end;
      const open = pauses.at(-1);
      if (open && sample.at <= open.to) open.to = to;
      else pauses.push({ from: sample.at, to });
    }
    return pauses;
  }
}

function isPaused({ pausedMs }: Sample): boolean {
  return pausedMs > 0;
}
