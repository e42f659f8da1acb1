import { NOBODY } from "./accounts.ts";
import { outcomeOf, type ExchangeOutcome } from "./outcome.ts";
import type { ProblemType } from "../http/problem.ts";
import type { AccessRecord, HitKind, Spent } from "./access-record.ts";
import type { BackgroundCost } from "./counts.ts";

/*
 * What the metrics count of exchanges, since the start of this process. It is asked at each exchange and read at each
 * scrape, so it holds plain numbers; and what it holds becomes labels, so all of it is bounded (promise P12).
 */

/** Names of consumers; a further one counts as `other`, as callers of an open gateway do. */
const MOST_CONSUMERS = 100;

/** Consumers and routes that met; a further pair counts under `other` and `other`. */
const MOST_PAIRS = 2000;

const OTHER = "other";

/** Of one consumer on one route. */
export interface PairCell {
  readonly upstream: string;
  readonly consumer: string;
  readonly route: string;
  readonly outcomes: Record<ExchangeOutcome, number>;
}

/** What one consumer has spent of one upstream. */
export interface SpenderCell {
  readonly upstream: string;
  readonly consumer: string;
  forwards: number;
  units: number;
  /** Units that came back after they had been counted: a counter must not fall, so the next ones are not counted. */
  owed: number;
}

type Who = Pick<PairCell, "upstream" | "consumer" | "route">;

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
  readonly #spenders = new Map<string, SpenderCell>();
  readonly #upstreams = new Map<string, UpstreamCell>();
  readonly #consumers = new Set<string>();

  get pairs(): Iterable<PairCell> {
    return this.#pairs.values();
  }

  get spenders(): Iterable<SpenderCell> {
    return this.#spenders.values();
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
    const who = { upstream, consumer: this.#bounded(consumer), route };
    this.#pairOf(who).outcomes[outcomeOf(record)] += 1;
    const cell = this.#spend(who, record);
    if (record.collapsed) cell.collapsed += 1;
    if (problem !== undefined) cell.problems.set(problem, (cell.problems.get(problem) ?? 0) + 1);
  }

  /** So many requests were answered from store, fresh and whole. */
  addHits({ upstream, consumer, route }: HitKind, hits: number): void {
    this.#pairOf({ upstream, consumer: this.#bounded(consumer), route }).outcomes.hit += hits;
    this.#upstreamOf(upstream);
  }

  /** Something was sent in the background. */
  addBackground({ upstream, consumer, ...cost }: BackgroundCost): void {
    this.#spend({ upstream, consumer: this.#bounded(consumer) }, cost);
  }

  #spend(who: Omit<Who, "route">, { forwards, units, throttled }: Spent): UpstreamCell {
    if (forwards !== 0 || units !== 0) {
      const spender = this.#spenderOf(who);
      spender.forwards += forwards;
      const due = units - spender.owed;
      spender.units += Math.max(0, due);
      spender.owed = Math.max(0, -due);
    }
    const cell = this.#upstreamOf(who.upstream);
    cell.throttled += throttled;
    return cell;
  }

  #pairOf(who: Who): PairCell {
    const found = this.#pairs.get(nameOf(who));
    if (found) return found;
    const { upstream } = who;
    const bounded =
      this.#pairs.size < MOST_PAIRS ? who : { upstream, consumer: OTHER, route: OTHER };
    const name = nameOf(bounded);
    const cell = this.#pairs.get(name) ?? newPair(bounded);
    this.#pairs.set(name, cell);
    return cell;
  }

  #spenderOf({ upstream, consumer }: Omit<Who, "route">): SpenderCell {
    const name = `${upstream}\n${consumer}`;
    const found = this.#spenders.get(name);
    if (found) return found;
    const cell = { upstream, consumer, forwards: 0, units: 0, owed: 0 };
    this.#spenders.set(name, cell);
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

function nameOf({ upstream, consumer, route }: Who): string {
  return `${upstream}\n${consumer}\n${route}`;
}

function newPair(who: Who): PairCell {
  const none = {
    hit: 0,
    stale: 0,
    collapsed: 0,
    forwarded: 0,
    refused: 0,
    failed: 0,
    "client-left": 0,
  };
  return { ...who, outcomes: none };
}
