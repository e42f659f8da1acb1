import type { AccessRecord, HitKind } from "./access-record.ts";

/** Exchanges of one consumer, or of all, since the start of this process. */
export interface Count {
  asked: number;
  /** Answered from what was stored, fresh or stale. */
  fromStore: number;
  /** Of these, answered with something stale. */
  stale: number;
  collapsed: number;
  /** Requests sent to the upstream. */
  forwarded: number;
  /** Problems that are no failure: the request's own, 429 and 503. */
  refused: number;
  failed: number;
  /** 429 answers of the upstream. */
  throttled: number;
  clientsLeft: number;
}

/** What a refresh in the background has cost. */
export interface BackgroundCost {
  readonly upstream: string;
  readonly consumer: string;
  /** The route's pattern, or `unlisted`. */
  readonly route: string;
  readonly forwards: number;
  readonly units: number;
  readonly throttled: number;
}

/** Adds up access records: in all, and by consumer. */
export class Counts {
  readonly total: Count = zero();
  readonly #byConsumer = new Map<string, Count>();

  /** By consumer's name; the names are bounded where they are given. */
  get consumers(): Readonly<Record<string, Count>> {
    return Object.fromEntries(this.#byConsumer);
  }

  add(record: AccessRecord): void {
    addRecord(this.total, record);
    if (record.consumer !== undefined) addRecord(this.#of(record.consumer), record);
  }

  /** So many requests were answered from store, fresh and whole. */
  addHits({ consumer }: Pick<HitKind, "consumer">, hits: number): void {
    for (const count of [this.total, this.#of(consumer)]) {
      count.asked += hits;
      count.fromStore += hits;
    }
  }

  /** Requests that were sent in the background, on account of somebody who has been answered already. */
  addBackground({
    consumer,
    forwards,
    throttled,
  }: Pick<BackgroundCost, "consumer" | "forwards" | "throttled">): void {
    for (const count of [this.total, this.#of(consumer)]) {
      count.forwarded += forwards;
      count.throttled += throttled;
    }
  }

  #of(consumer: string): Count {
    const count = this.#byConsumer.get(consumer) ?? zero();
    this.#byConsumer.set(consumer, count);
    return count;
  }
}

/** Adds one exchange. */
export function addRecord(count: Count, record: AccessRecord): void {
  count.asked += 1;
  count.fromStore += Number(record.cache === "hit" || record.stale !== undefined);
  count.stale += Number(record.stale !== undefined);
  count.collapsed += Number(record.collapsed);
  count.forwarded += record.forwards;
  count.throttled += record.throttled;
  count.clientsLeft += Number(record.end === "client-left");
  const problem = record.problem !== undefined;
  const failure = isFailure(record.status);
  count.refused += Number(problem && !failure);
  count.failed += Number(record.end === "broken-off" || (problem && failure));
}

/** True where a problem of this status is a failure, and no refusal. */
export function isFailure(status: number): boolean {
  return [500, 502, 504].includes(status);
}

/** Of nothing yet. */
export function zero(): Count {
  return {
    asked: 0,
    fromStore: 0,
    stale: 0,
    collapsed: 0,
    forwarded: 0,
    refused: 0,
    failed: 0,
    throttled: 0,
    clientsLeft: 0,
  };
}
