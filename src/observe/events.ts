import type { Logger } from "pino";
import type { Clock } from "../ports/clock.ts";

/** One thing that happened, for people. */
export interface HouseEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  /**
   * What kind of thing, in one word: `throttled`, `store`, `circuit`, `order`; of an upstream's quota `pause-begins`, `pause-ends`,
   * and what was learned, `limit`, `foreign`, `endpoint`.
   */
  readonly kind: string;
  /** A sentence without its time and without a secret. */
  readonly words: string;
  /** Whose quota it is about; absent: it is about none. */
  readonly upstream?: string;
}

/** What happened to an upstream's quota. */
export type QuotaEvent = HouseEvent & { readonly upstream: string };

/** Events that are kept; of more the oldest go. */
const MOST_KEPT = 200;

/** What events are kept with. */
export interface EventsParts {
  readonly log: Pick<Logger, "info">;
  readonly clock: Pick<Clock, "now">;
}

/** Remembers the last things that happened, as far as this process hears of them. */
export class Events {
  readonly #parts: EventsParts;
  readonly #kept: HouseEvent[] = [];

  constructor(parts: EventsParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  get recent(): readonly HouseEvent[] {
    return this.#kept.toReversed();
  }

  /** Newest first. */
  get ofQuotas(): readonly QuotaEvent[] {
    return this.recent.flatMap((event) =>
      event.upstream === undefined ? [] : [{ ...event, upstream: event.upstream }],
    );
  }

  /** Remembers what the log has already. */
  add(event: Omit<HouseEvent, "at">): void {
    this.#kept.push({ at: this.#parts.clock.now(), ...event });
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
  }

  /** Remembers what happened to a quota, and tells of it in one log line. */
  tell(event: Omit<QuotaEvent, "at">): void {
    this.#parts.log.info({ upstream: event.upstream, quota: event.kind }, event.words);
    this.add(event);
  }
}
