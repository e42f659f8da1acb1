import type { Clock } from "../../src/ports/clock.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that moves only when told. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #sleepers: Sleeper[] = [];
  readonly #epoch: number;

  constructor(epoch = 1_800_000_000_000) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { due: this.#elapsed + ms, wake: resolve };
    this.#sleepers.push(sleeper);
    signal.addEventListener("abort", () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal.reason);
    });
    return promise;
  }

  /** Moves time on, waking each sleeper at its instant, and lets what follows from it run. */
  async advance(ms: number): Promise<void> {
    await settle();
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.wake();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }

  #next(end: number): Sleeper | undefined {
    return this.#sleepers.filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due)[0];
  }
}

/** Lets every promise that is ready run. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
