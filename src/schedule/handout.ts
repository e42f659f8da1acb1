import { CALLED_OFF, type Clock } from "../ports/clock.ts";

/*
 * How many permits are handed out at once. A permit is good for half the pad from the instant at which it was asked for,
 * and a busy process may need longer than that to send everything it was granted: if all begin at once, all are late,
 * go back into the line, and return together. So after one that came too late the next goes alone; then twice as many as
 * left in time, up to half of what was too many, and from there on one more in each round (as TCP begins anew after a
 * loss, RFC 5681 section 3.1). The others wait here, and after half of their time go back into the line, since they
 * would be late as well: whoever holds units that it cannot use keeps them from others.
 *
 *   granted --> waits --> handed out --> departed | given back | late
 *                 |
 *                 +--> again: back into the line, at its old place
 */

/** At first, and at most: as many as a turn serves. */
const MOST = 64;

/** What was handed out counts as under way for so many times as long as it is good; then it hangs, and holds nobody up. */
const HANGS = 8;

/** A permit that was granted. */
export interface Granted {
  readonly ticket: string;
  /** Monotonic instant from which on it is good. */
  readonly askedAt: number;
  readonly goodForMs: number;
  /** It may be used now. */
  readonly hand: () => void;
  /** It has waited for too long. */
  readonly again: () => void;
}

/** Hands granted permits out, few enough at a time that they leave while they are good. */
export class Handout {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Granted>();
  /** Handed out, not departed: since when, and how long they count. */
  readonly #out = new Map<string, { readonly askedAt: number; readonly until: number }>();
  #most = MOST;
  /** Half of what was too many. */
  #fine = MOST / 2;
  #cutAt = Number.NEGATIVE_INFINITY;
  #timer: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A permit was granted; those that were granted first are handed out first. */
  add(granted: Granted): void {
    this.#waiting.set(granted.ticket, granted);
    this.#go();
  }

  /** One that waits here is not wanted any more; false where it does not wait here. */
  withdraw(ticket: string): boolean {
    return this.#waiting.delete(ticket);
  }

  /** One that was handed out has left in time. */
  departed(ticket: string): void {
    if (!this.#out.delete(ticket)) return;
    this.#most = Math.min(MOST, this.#most + (this.#most < this.#fine ? 1 : 1 / this.#most));
    this.#go();
  }

  /** One that was handed out is not under way to its departure any more. */
  ended(ticket: string): void {
    if (this.#out.delete(ticket)) this.#go();
  }

  /** One that was handed out came too late. */
  late(ticket: string): void {
    const one = this.#out.get(ticket);
    // Those that were handed out before the last cut tell nothing new.
    if (!one || one.askedAt <= this.#cutAt) return;
    this.#cutAt = this.#clock.monotonic();
    this.#fine = Math.max(1, this.#most / 2);
    this.#most = 1;
  }

  #go(): void {
    const now = this.#clock.monotonic();
    for (const [ticket, granted] of this.#waiting) {
      const { askedAt, goodForMs, hand, again } = granted;
      if (now - askedAt > goodForMs / 2) {
        this.#waiting.delete(ticket);
        again();
      } else if (this.#underWay(now) < this.#most) {
        this.#waiting.delete(ticket);
        this.#out.set(ticket, { askedAt, until: askedAt + HANGS * goodForMs });
        hand();
      }
    }
    this.#lookAgain(now);
  }

  #underWay(now: number): number {
    if (this.#out.size < this.#most) return this.#out.size;
    return [...this.#out.values()].filter(({ until }) => until >= now).length;
  }

  /** Nobody may say anything before the next one that waits is too old, or one that was handed out is. */
  #lookAgain(now: number): void {
    this.#timer?.abort(CALLED_OFF);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const ends = [...this.#waiting.values()].map(
      ({ askedAt, goodForMs }) => askedAt + goodForMs / 2,
    );
    const timer = new AbortController();
    this.#timer = timer;
    const waitMs = Math.max(0, Math.min(...ends) - now) + 1;
    this.#clock.sleep(waitMs, timer.signal).then(
      () => this.#go(),
      () => {},
    );
  }
}
