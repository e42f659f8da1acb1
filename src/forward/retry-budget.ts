import { Rolling } from "./rolling.ts";

/** The window over which retries are compared with forwards, in milliseconds. */
const WINDOW_MS = 60_000;

/** Retries that are allowed in a window however few forwards there are, so that a quiet service has them too. */
const ALWAYS = 3;

/** The first wait before a retry and the longest, in milliseconds, before jitter takes up to half of it off. */
const FIRST_MS = 100;
const MOST_MS = 2000;

/** Keeps retries a small part of all forwards, so that an upstream that fails is not sent twice as much. */
export class RetryBudget {
  readonly #share: number;
  readonly #counts = new Rolling(WINDOW_MS);

  /** `share`: retries for each forward, 0 to 1. */
  constructor(share: number) {
    this.#share = share;
  }

  /** A request has been sent at `now` (monotonic, ms), for the first time or again. */
  forwarded(now: number): void {
    this.#counts.add("forward", now);
  }

  /** True where another retry may leave, which is then counted. */
  take(now: number): boolean {
    const counts = this.#counts.sums(now);
    const most = Math.max(ALWAYS, Math.floor(this.#share * (counts.get("forward") ?? 0)));
    if ((counts.get("retry") ?? 0) >= most) return false;
    this.#counts.add("retry", now);
    return true;
  }
}

/**
 * How long the `nth` retry of a request waits, in milliseconds: twice as long as the one before, less a part by chance
 * (`random` from 0 to 1), so that those who failed together do not come again together.
 */
export function retryDelayMs(nth: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** (nth - 1)) * (1 - random / 2);
}
