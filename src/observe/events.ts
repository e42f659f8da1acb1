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

/** Kinds that tell why a pause begins: beside one of these its beginning is no news. */
const REASONS: ReadonlySet<string> = new Set(["throttled", "order"]);

/** So far apart two events may be that tell of one pause, in milliseconds: every process turns twice a second. */
const ONE_PAUSE_MS = 2000;

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

  /** Remembers what the log has already; of a pause the one event that says most. */
  add(event: Omit<HouseEvent, "at">): void {
    const at = this.#parts.clock.now();
    if (this.#ofOnePause(event, at).some(({ kind }) => REASONS.has(kind))) return;
    for (const said of this.#ofOnePause(event, at)) this.#kept.splice(this.#kept.indexOf(said), 1);
    this.#kept.push({ at, ...event });
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
  }

  /** What was remembered a moment ago of the pause that an event tells of, from the other side. */
  #ofOnePause({ kind, upstream }: Omit<HouseEvent, "at">, now: number): readonly HouseEvent[] {
    if (upstream === undefined) return [];
    const isOther = (other: string): boolean =>
      kind === "pause-begins" ? REASONS.has(other) : REASONS.has(kind) && other === "pause-begins";
    return this.#kept.filter(
      (one) => one.upstream === upstream && isOther(one.kind) && one.at > now - ONE_PAUSE_MS,
    );
  }

  /** Remembers what happened to a quota, and tells of it in one log line. */
  tell(event: Omit<QuotaEvent, "at">): void {
    this.#parts.log.info({ upstream: event.upstream, quota: event.kind }, event.words);
    this.add(event);
  }
}
