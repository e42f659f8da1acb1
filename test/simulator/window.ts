/** A strict rolling window: what came within the last `windowMs` counts, to the fraction of a millisecond. */
export class RollingWindow {
  #counted: number[] = [];
  limit: number;
  windowMs: number;

  constructor(limit: number, windowMs: number) {
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** Units inside the window that ends at `now`. */
  used(now: number): number {
    this.#counted = this.#counted.filter((at) => at > now - this.windowMs);
    return this.#counted.length;
  }

  /** Counts one unit where there is room; false where there is none, and then nothing is counted. */
  take(now: number): boolean {
    if (this.used(now) >= this.limit) return false;
    this.#counted.push(now);
    return true;
  }

  /** Counts units that somebody else spent with the same key. */
  spend(now: number, units: number): void {
    for (let unit = 0; unit < units; unit += 1) this.#counted.push(now);
  }

  /** Whole seconds until there is room again, rounded up. */
  retryAfterSeconds(now: number): number {
    const used = this.used(now);
    const next = this.#counted[Math.max(0, used - this.limit)] ?? now;
    return Math.max(1, Math.ceil((next + this.windowMs - now) / 1000));
  }
}

/** The largest number of instants in any window `(t - windowMs, t]`. The instants ascend. */
export function fullestWindow(instants: readonly number[], windowMs: number): number {
  let fullest = 0;
  let from = 0;
  for (const [index, at] of instants.entries()) {
    while ((instants[from] ?? at) <= at - windowMs) from += 1;
    fullest = Math.max(fullest, index - from + 1);
  }
  return fullest;
}
