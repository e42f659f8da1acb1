/*
 * How long many waited, in little space: one bucket for each fifth more, so that a quantile is told at most a fifth too
 * long. Milliseconds.
 */

/** Each bucket reaches so many times as far as the one before it; the first to one millisecond. */
const STEP = 1.2;

/** The last one reaches to over ten minutes, the longest wait that a configuration allows. */
const LAST = 75;

/** What people read of many waits, in milliseconds; all 0 where nobody waited. */
export interface WaitsView {
  readonly count: number;
  readonly meanMs: number;
  /** The half, and 95 of 100, waited no longer; a fifth too long at most. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** A histogram of waits. */
export class Waits {
  readonly #buckets: number[] = Array.from({ length: LAST + 1 }, () => 0);
  #count = 0;
  #totalMs = 0;
  #maxMs = 0;

  /** One more has waited so long. */
  add(waitMs: number): void {
    const index = waitMs <= 1 ? 0 : Math.ceil(Math.log(waitMs) / Math.log(STEP));
    const bucket = Math.min(LAST, index);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#totalMs += waitMs;
    this.#maxMs = Math.max(this.#maxMs, waitMs);
  }

  /** Whole milliseconds. */
  view(): WaitsView {
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : Math.round(this.#totalMs / this.#count),
      p50Ms: this.#quantile(0.5),
      p95Ms: this.#quantile(0.95),
      maxMs: Math.round(this.#maxMs),
    };
  }

  #quantile(part: number): number {
    let left = Math.ceil(part * this.#count);
    for (const [index, count] of this.#buckets.entries()) {
      left -= count;
      const reachMs = index === LAST ? Infinity : STEP ** index;
      if (left <= 0) return Math.round(Math.min(this.#maxMs, reachMs));
    }
    return Math.round(this.#maxMs);
  }
}
