import type { Logger } from "pino";
import type { Clock } from "../ports/clock.ts";

/** Something that happened to an upstream's quota, for people. */
export interface QuotaEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly upstream: string;
  /** `limit`, `foreign` and `endpoint`: something was learned. */
  readonly kind: "limit" | "foreign" | "endpoint" | "pause-begins" | "pause-ends";
  readonly words: string;
}

/** Events that are kept in memory; the log has them all. */
const MOST_KEPT = 200;

/** What events are kept with. */
export interface EventsParts {
  readonly log: Pick<Logger, "info">;
  readonly clock: Pick<Clock, "now">;
}

/** Tells of each event in one log line, and remembers the last ones, as far as this instance hears of them. */
export class Events {
  readonly #parts: EventsParts;
  readonly #events: QuotaEvent[] = [];

  constructor(parts: EventsParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  get recent(): readonly QuotaEvent[] {
    return this.#events.toReversed();
  }

  add(event: Omit<QuotaEvent, "at">): void {
    const { log, clock } = this.#parts;
    log.info({ upstream: event.upstream, quota: event.kind }, event.words);
    this.#events.push({ at: clock.now(), ...event });
    if (this.#events.length > MOST_KEPT) this.#events.shift();
  }
}
