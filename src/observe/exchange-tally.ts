import { NOBODY } from "./accounts.ts";
import { outcomeOf, type ExchangeOutcome } from "./outcome.ts";
import type { ProblemType } from "../http/problem.ts";
import type { AccessRecord, Spent } from "./access-record.ts";
import type { BackgroundCost } from "./counts.ts";

/*
 * What the metrics count of exchanges, since the start of this process. It is asked at each exchange and read at each
 * scrape, so it holds plain numbers; and what it holds becomes labels, so all of it is bounded (promise P12).
 */

/** Names of consumers; a further one counts as `other`, as callers of an open gateway do. */
const MOST_CONSUMERS = 100;

/** Consumers and routes that met; a further pair counts under `other` and `other`. */
const MOST_PAIRS = 5000;

const OTHER = "other";

/** Of one consumer on one route. */
export interface PairCell {
  readonly upstream: string;
  readonly consumer: string;
  readonly route: string;
  readonly outcomes: Record<ExchangeOutcome, number>;
  forwards: number;
  units: number;
  /** Units that came back after they had been counted: a counter must not fall, so the next ones are not counted. */
  owed: number;
}

type Spender = Pick<PairCell, "upstream" | "consumer" | "route">;

/** Of one upstream. */
export interface UpstreamCell {
  readonly upstream: string;
  throttled: number;
  collapsed: number;
  readonly problems: Map<ProblemType, number>;
}

/** Adds exchanges up under bounded names. */
export class ExchangeTally {
  readonly #pairs = new Map<string, PairCell>();
  readonly #upstreams = new Map<string, UpstreamCell>();
  readonly #consumers = new Set<string>();

  get pairs(): Iterable<PairCell> {
    return this.#pairs.values();
  }

  get upstreams(): Iterable<UpstreamCell> {
    return this.#upstreams.values();
  }

  /** Upstreams of which nothing has been counted yet: a counter that begins with its first event hides that from rates. */
  constructor(upstreams: readonly string[]) {
    for (const upstream of upstreams) this.#upstreamOf(upstream);
  }

  /** An exchange has ended. */
  add(record: AccessRecord): void {
    const { upstream = NOBODY, consumer = NOBODY, route = NOBODY, problem } = record;
    const pair = this.#pairOf({ upstream, consumer, route });
    pair.outcomes[outcomeOf(record)] += 1;
    const cell = this.#spend(pair, record);
    if (record.collapsed) cell.collapsed += 1;
    if (problem !== undefined) cell.problems.set(problem, (cell.problems.get(problem) ?? 0) + 1);
  }

  /** Something was sent in the background. */
  addBackground(cost: BackgroundCost): void {
    this.#spend(this.#pairOf(cost), cost);
  }

  #spend(pair: PairCell, { forwards, units, throttled }: Spent): UpstreamCell {
    pair.forwards += forwards;
    const due = units - pair.owed;
    pair.units += Math.max(0, due);
    pair.owed = Math.max(0, -due);
    const cell = this.#upstreamOf(pair.upstream);
    cell.throttled += throttled;
    return cell;
  }

  #pairOf(who: Spender): PairCell {
    const found = this.#pairs.get(nameOf(who));
    if (found) return found;
    const consumer = this.#bounded(who.consumer);
    const full = this.#pairs.size >= MOST_PAIRS;
    const pair = full
      ? { upstream: who.upstream, consumer: OTHER, route: OTHER }
      : { upstream: who.upstream, consumer, route: who.route };
    const name = nameOf(pair);
    const cell = this.#pairs.get(name) ?? newPair(pair);
    this.#pairs.set(name, cell);
    return cell;
  }

  #bounded(consumer: string): string {
    if (this.#consumers.has(consumer)) return consumer;
    if (this.#consumers.size >= MOST_CONSUMERS) return OTHER;
    this.#consumers.add(consumer);
    return consumer;
  }

  #upstreamOf(upstream: string): UpstreamCell {
    const found = this.#upstreams.get(upstream);
    if (found) return found;
    const cell = { upstream, throttled: 0, collapsed: 0, problems: new Map() };
    this.#upstreams.set(upstream, cell);
    return cell;
  }
}

function nameOf({ upstream, consumer, route }: Spender): string {
  return `${upstream}\n${consumer}\n${route}`;
}

function newPair(who: Spender): PairCell {
  const none = {
    hit: 0,
    stale: 0,
    collapsed: 0,
    forwarded: 0,
    refused: 0,
    failed: 0,
    "client-left": 0,
  };
  return { ...who, outcomes: none, forwards: 0, units: 0, owed: 0 };
}
