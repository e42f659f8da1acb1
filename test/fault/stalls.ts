import type { Excuse } from "./record.ts";

/** Looked at this often, in milliseconds. */
const TICK_MS = 25;

/** A process that was not let run for so long says that the machine is short of time for all of them. */
const STALL_MS = 100;

/** What a stall explains is seen within this time. */
const AROUND_MS = 5000;

/** What is true where processes are not let run: commands to the store take longer than the half second they may. */
const PROBLEMS = ["store-unavailable", "upstream-timeout", "upstream-unreachable"];

/** What stalls of the machine itself explain, as far as this process notices them. */
export class Stalls implements Disposable {
  readonly #excuses: Excuse[] = [];
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();

  constructor() {
    this.#timer = setInterval(() => this.#look(performance.now()), TICK_MS);
    this.#timer.unref();
  }

  /** Hands out what was noticed since the last time. */
  take(): Excuse[] {
    return this.#excuses.splice(0);
  }

  #look(now: number): void {
    const excuse = stallBetween(this.#last, now);
    if (excuse) this.#excuses.push(excuse);
    this.#last = now;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** What two looks say that are further apart than they should be. */
export function stallBetween(last: number, now: number): Excuse | undefined {
  if (now - last - TICK_MS < STALL_MS) return undefined;
  const span = { from: last - AROUND_MS, to: now + AROUND_MS };
  return { problems: PROBLEMS, breaks: false, odd: false, ...span };
}
