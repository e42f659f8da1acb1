import { CALLED_OFF, type Clock } from "../ports/clock.ts";

/*
 * When those who wait must have left, with one timer for all: ten thousand timers, each with what ends it, took more
 * memory and time than all else that a place in line needs. A heap by instant; whoever waits no more is dropped when it
 * comes to the top, so that leaving costs nothing.
 */

interface Deadline {
  readonly at: number;
  readonly ticket: string;
}

/** What deadlines are kept with. */
export interface DeadlinesParts {
  readonly clock: Clock;
  /** True while a ticket waits. */
  readonly waits: (ticket: string) => boolean;
  /** A ticket's instant has come, and it still waits. */
  readonly onDue: (ticket: string) => void;
}

/** The deadlines of all who wait. */
export class Deadlines {
  readonly #parts: DeadlinesParts;
  readonly #heap: Deadline[] = [];
  /** Until then a timer that is not needed any more is left to do nothing. */
  readonly #closing = new AbortController();
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(parts: DeadlinesParts) {
    this.#parts = parts;
  }

  /** A ticket that waits from now on must have left at `at`, a monotonic instant. */
  add(ticket: string, at: number): void {
    this.#dropGone();
    this.#heap.push({ at, ticket });
    this.#rise(this.#heap.length - 1);
    this.#arm();
  }

  /** Nobody is told any more. */
  close(): void {
    this.#closing.abort(CALLED_OFF);
  }

  /** Whoever waits no more, as far as they stand at the top. */
  #dropGone(): void {
    for (let [top] = this.#heap; top && !this.#parts.waits(top.ticket); [top] = this.#heap) {
      this.#pop();
    }
  }

  #arm(): void {
    const [top] = this.#heap;
    if (!top || top.at >= this.#wakesAt) return;
    const { clock } = this.#parts;
    this.#wakesAt = top.at;
    clock.sleep(Math.max(0, top.at - clock.monotonic()), this.#closing.signal).then(
      () => this.#wake(top.at),
      () => {},
    );
  }

  #wake(at: number): void {
    // Armed anew for an earlier one since; that one has looked, or will.
    if (at !== this.#wakesAt) return;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    // A timer may be early by a fraction of a millisecond.
    const now = Math.max(at, this.#parts.clock.monotonic());
    for (let [top] = this.#heap; top && top.at <= now; [top] = this.#heap) {
      this.#pop();
      if (this.#parts.waits(top.ticket)) this.#parts.onDue(top.ticket);
    }
    this.#dropGone();
    this.#arm();
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(at, above)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      const left = 2 * at + 1;
      const least = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(least, at)) return;
      this.#swap(at, least);
      at = least;
    }
  }

  /** False where there is no `one`. */
  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    return a !== undefined && (b === undefined || a.at < b.at);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a && b) [this.#heap[one], this.#heap[other]] = [b, a];
  }
}
