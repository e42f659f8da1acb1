import type { Clock } from "../ports/clock.ts";

/** One thing that happened, for people. */
export interface HouseEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  /** What kind of thing, in one word: `throttled`, `paused`, `resumed`, `store`, `order`. */
  readonly kind: string;
  /** A sentence without its time and without a secret. */
  readonly words: string;
}

/** Events that are kept; of more the oldest go. */
const MOST_KEPT = 200;

/** Remembers the last things that happened in this process. */
export class Events {
  readonly #clock: Pick<Clock, "now">;
  readonly #kept: HouseEvent[] = [];

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Newest first. */
  get recent(): readonly HouseEvent[] {
    return this.#kept.toReversed();
  }

  add({ kind, words }: Omit<HouseEvent, "at">): void {
    this.#kept.push({ at: this.#clock.now(), kind, words });
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
  }
}
