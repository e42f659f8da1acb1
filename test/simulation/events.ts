/** What happens when, on a clock that jumps from one event to the next. Milliseconds. */
export class Events {
  nowMs = 0;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];

  /** Runs `run` after a time; equal instants keep the order in which they were asked for. */
  after(ms: number, run: () => void): void {
    const at = this.nowMs + Math.max(0, ms);
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { at, run });
  }

  /** Lets a time pass. */
  run(forMs: number): void {
    const end = this.nowMs + forMs;
    for (let next = this.#events[0]; next && next.at <= end; next = this.#events[0]) {
      this.#events.shift();
      this.nowMs = next.at;
      next.run();
    }
    this.nowMs = end;
  }
}

/** Numbers from 0 to below 1 that are the same in each run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
