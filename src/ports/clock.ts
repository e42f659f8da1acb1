/**
 * The reason of a signal that ends a wait which nobody needs any more. Made once: an `abort()` without a reason takes the
 * stack of the moment, which costs more than the wait did.
 */
export const CALLED_OFF = new Error("Nobody waits for this any more.");

/** Time, as the steps see it. Tests put a fake in its place; nothing else reads a clock. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds: for HTTP dates, ages and records. It may jump. */
  now(): number;
  /** Milliseconds with a fraction since some fixed instant; never goes back: for durations. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
