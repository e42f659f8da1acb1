import { Counter, type CounterConfiguration, type Registry } from "prom-client";
import { NOBODY } from "./accounts.ts";
import { isProblemType, waitBoundsMs } from "./account-counts.ts";
import { problemTypes } from "../http/problem.ts";
import { ExchangeTally } from "./exchange-tally.ts";
import { outcomes } from "./outcome.ts";
import { PlainHistogram } from "./plain-histogram.ts";
import { rounded, type AccessRecord, type HitKind, type HitRecord } from "./access-record.ts";
import type { BackgroundCost } from "./counts.ts";

/*
 * The metrics that access records feed. All are plain numbers, read when somebody scrapes.
 */

const PROBLEMS = Object.keys(problemTypes).filter((type) => isProblemType(type));
const WAITS = waitBoundsMs.map((bound) => bound / 1000);
const CALLS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const AGES = [1, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400];

type Observe = ReturnType<PlainHistogram["of"]>;

/** The handles of one upstream. */
interface Handles {
  readonly queue: Observe;
  readonly upstream: Observe;
  readonly exchange: Observe;
  readonly age: Observe;
}

/** Counts exchanges for the metrics. */
export class ExchangeMetrics {
  readonly #tally: ExchangeTally;
  readonly #handles = new Map<string, Handles>();
  readonly #handlesOf: (upstream: string) => Handles;

  /** Registers its metrics; `upstreams` are the configured ones. */
  constructor(registry: Registry, upstreams: readonly string[]) {
    this.#tally = new ExchangeTally(upstreams);
    registerPairs(registry, this.#tally);
    registerUpstreams(registry, this.#tally);
    this.#handlesOf = registerHistograms(registry);
    for (const upstream of upstreams) this.#open(upstream);
  }

  /** An exchange has ended. */
  add(record: AccessRecord): void {
    this.#tally.add(record);
    const { upstream = NOBODY, queueMs, forwards, upstreamMs, ageMs, totalMs } = record;
    const handles = this.#handles.get(upstream) ?? this.#open(upstream);
    handles.exchange.observe(totalMs / 1000);
    // Who had nothing to wait for has not waited for nothing.
    if (forwards > 0 || queueMs > 0) handles.queue.observe(queueMs / 1000);
    if (upstreamMs > 0) handles.upstream.observe(upstreamMs / 1000);
    if (ageMs !== undefined) handles.age.observe(ageMs / 1000);
  }

  /** Requests were answered from store, fresh and whole, all of one kind. */
  addHits(kind: HitKind, hits: readonly HitRecord[]): void {
    this.#tally.addHits(kind, hits.length);
    const handles = this.#handles.get(kind.upstream) ?? this.#open(kind.upstream);
    for (const { totalMs, ageMs } of hits) {
      handles.exchange.observe(rounded(totalMs) / 1000);
      handles.age.observe(rounded(ageMs) / 1000);
    }
  }

  /** Something was sent in the background. */
  addBackground(cost: BackgroundCost): void {
    this.#tally.addBackground(cost);
  }

  #open(upstream: string): Handles {
    const handles = this.#handlesOf(upstream);
    this.#handles.set(upstream, handles);
    return handles;
  }
}

/** Values as a scrape is told them. */
type Values<Label extends string> = Awaited<ReturnType<Counter<Label>["get"]>>["values"];

/**
 * A counter that is read from the tally when somebody asks. There may be thousands of values, and while they are
 * written nobody is answered: so they are handed over as they are, and not looked up one by one.
 */
class Told<Label extends string> extends Counter<Label> {
  readonly #read: () => Values<Label>;

  constructor(definition: CounterConfiguration<Label>, read: () => Values<Label>) {
    // Registered by whoever made it.
    super({ ...definition, registers: [] });
    this.#read = read;
  }

  override async get(): ReturnType<Counter<Label>["get"]> {
    return { ...(await super.get()), values: this.#read() };
  }
}

/** Of consumers and routes. */
function registerPairs(registry: Registry, tally: ExchangeTally): void {
  const exchanges = {
    name: "sluice_exchanges_total",
    help: "Exchanges that have ended, by how they did.",
    labelNames: ["upstream", "consumer", "route", "outcome"] as const,
  };
  registry.registerMetric(
    new Told(exchanges, () =>
      [...tally.pairs].flatMap(({ upstream, consumer, route, outcomes: counts }) =>
        outcomes
          .filter((outcome) => counts[outcome] > 0)
          .map((outcome) => {
            const labels = { upstream, consumer, route, outcome };
            return { labels, value: counts[outcome] };
          }),
      ),
    ),
  );
  const spent = { labelNames: ["upstream", "consumer"] as const };
  const forwards = {
    ...spent,
    name: "sluice_forwards_total",
    help: "Requests sent to the upstream, those in the background included.",
  };
  registry.registerMetric(
    new Told(forwards, () =>
      [...tally.spenders].map(({ upstream, consumer, forwards: value }) => ({
        labels: { upstream, consumer },
        value,
      })),
    ),
  );
  const units = {
    ...spent,
    name: "sluice_units_total",
    help: "Units of the quota that these have cost; what comes back later is taken off the next ones.",
  };
  registry.registerMetric(
    new Told(units, () =>
      [...tally.spenders].map(({ upstream, consumer, units: value }) => ({
        labels: { upstream, consumer },
        value,
      })),
    ),
  );
}

/** Of upstreams. */
function registerUpstreams(registry: Registry, tally: ExchangeTally): void {
  const perUpstream = { labelNames: ["upstream"] as const };
  const throttled = {
    ...perUpstream,
    name: "sluice_throttled_total",
    help: "Violations that the upstream reported: answers with status 429.",
  };
  registry.registerMetric(
    new Told(throttled, () =>
      [...tally.upstreams].map(({ upstream, throttled: value }) => ({
        labels: { upstream },
        value,
      })),
    ),
  );
  const collapsed = {
    ...perUpstream,
    name: "sluice_collapsed_total",
    help: "Exchanges answered by a forward that was another's, however they ended.",
  };
  registry.registerMetric(
    new Told(collapsed, () =>
      [...tally.upstreams].map(({ upstream, collapsed: value }) => ({
        labels: { upstream },
        value,
      })),
    ),
  );
  const problems = {
    name: "sluice_problems_total",
    help: "Exchanges that ended in a problem document, refusals and failures, by its type.",
    labelNames: ["upstream", "problem"] as const,
  };
  registry.registerMetric(
    new Told(problems, () =>
      [...tally.upstreams].flatMap(({ upstream, problems: counts }) =>
        PROBLEMS.map((problem) => ({
          labels: { upstream, problem },
          value: counts.get(problem) ?? 0,
        })),
      ),
    ),
  );
}

function registerHistograms(registry: Registry): (upstream: string) => Handles {
  const open = (name: string, help: string, buckets: number[]): PlainHistogram => {
    const histogram = new PlainHistogram({ name, help }, buckets);
    registry.registerMetric(histogram);
    return histogram;
  };
  const queue = open(
    "sluice_queue_seconds",
    "How long exchanges that were forwarded, or waited for another's forward, stood in line.",
    WAITS,
  );
  const upstream = open(
    "sluice_upstream_seconds",
    "From the head of a request on its way to the upstream to the head of its answer; of several together.",
    CALLS,
  );
  const exchange = open(
    "sluice_exchange_seconds",
    "From the head of a client's request to the end of its answer.",
    CALLS,
  );
  const age = open(
    "sluice_hit_age_seconds",
    "How old stored responses were when they answered (RFC 9111 section 4.2.3).",
    AGES,
  );
  return (name) => ({
    queue: queue.of(name),
    upstream: upstream.of(name),
    exchange: exchange.of(name),
    age: age.of(name),
  });
}
