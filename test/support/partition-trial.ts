import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { breakableLink } from "./breakable-link.ts";
import { BusyCallers } from "./busy-callers.ts";
import { runGateway, runSimulator, type SimulatorProcess } from "./instance.ts";
import { worstWindow } from "./ledger-world.ts";
import { processConfig } from "./process-config.ts";
import { startRedis } from "./redis-instance.ts";

/*
 * Three instances under load, of which one is cut off from Redis for a while: nothing comes through, and nobody is told.
 */

/** Where three instances keep their ledger, and how the first is parted from the others. */
export interface Parted extends AsyncDisposable {
  /** As YAML would hold them under `store`, but for `onLoss`. */
  readonly stores: readonly [one: object, other: object, another: object];
  cut(): void;
  heal(): void;
}

/** One Redis, to which the first instance has a link that can be cut. */
export async function oneCutOff(): Promise<Parted> {
  await using stack = new AsyncDisposableStack();
  const redis = await startRedis();
  stack.defer(() => redis.stop());
  const link = stack.use(await breakableLink(redis.port));
  const straight = { redis: redis.url };
  const kept = stack.move();
  return {
    stores: [{ redis: `redis://127.0.0.1:${link.port}` }, straight, straight],
    cut: () => link.cut(),
    heal: () => link.heal(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What a partition is played with. */
export interface PartitionTerms {
  readonly open: () => Promise<Parted>;
  readonly onLoss: "share" | "closed";
  readonly limit: number;
  readonly windowMs: number;
  readonly padMs: number;
  /** Under load before it, cut off, and together again. */
  readonly beforeMs: number;
  readonly cutMs: number;
  readonly afterMs: number;
}

/** What came of it. */
export interface Partition {
  /** The fullest window of all, of what the one sent while it was cut off, and from one span after the return. */
  readonly worst: number;
  readonly worstOfOne: number;
  readonly worstAfter: number;
  /** Requests of the one in the first span after it was cut off, a second at either end left out; and later on. */
  readonly sentAtFirst: number;
  readonly sentLater: number;
  /** The part of the quota that was used by the others meanwhile, and by all after the return. */
  readonly useOfOthers: number;
  readonly useAfter: number;
  readonly sentByOneAfter: number;
  /** What the callers were answered meanwhile. */
  readonly answers: Readonly<Record<string, number>>;
  /** How long the simulator itself stood still. */
  readonly stallMs: number;
}

/** How many requests the upstream would take in a window; far more than the limit, so that what comes is seen. */
const LAX = 100_000;

const MARK = "/marked/";

/** The instance that is cut off asks for this, the others for what follows. */
const OF_ONE = "/invoice/1";

/** What is wanted of each run, and of one at least. */
export interface Wanted {
  /** Promises: a run that breaks one fails, however the machine was. */
  readonly holds: (partition: Partition) => void;
  /** How much was used. A busy machine takes use away, so that a run without it is repeated, at most twice. */
  readonly used: (partition: Partition) => void;
}

/** Plays it, and writes down what came of it. */
export async function partitionTrial(
  name: string,
  terms: PartitionTerms,
  { holds, used }: Wanted,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const partition = await playOnce(terms);
    process.stdout.write(`${name}: ${JSON.stringify(partition)}\n`);
    holds(partition);
    try {
      return used(partition);
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function playOnce(terms: PartitionTerms): Promise<Partition> {
  const { limit, windowMs, padMs, onLoss } = terms;
  await using stack = new AsyncDisposableStack();
  const parted = stack.use(await terms.open());
  const simulator = stack.use(await runSimulator(LAX, windowMs));
  const api = {
    quotas: [{ limit, window: `${windowMs}ms`, pad: `${padMs}ms` }],
    queue: { maxWait: "2s", maxLength: 1000 },
    unlistedGets: "forward",
  };
  const gateways = await Promise.all(
    parted.stores.map((store) =>
      runGateway(processConfig({ url: simulator.url, store: { ...store, onLoss }, api })),
    ),
  );
  for (const gateway of gateways) stack.use(gateway);
  const callers = new BusyCallers(
    gateways.map(({ url }, index) => ({ url, path: `/invoice/${index + 1}` })),
    8,
  );
  stack.defer(() => callers.stop());
  await delay(terms.beforeMs);
  callers.take();
  parted.cut();
  await mark(simulator, "cut");
  await delay(terms.cutMs);
  const answers = callers.take();
  parted.heal();
  await mark(simulator, "healed");
  await delay(terms.afterMs);
  const arrivals = await simulator.ask<Arrival[]>("GET", "/arrivals");
  const { longestStallMs } = await simulator.ask<{ longestStallMs: number }>("GET", "/seen");
  return { ...measure(arrivals, terms), answers, stallMs: longestStallMs };
}

interface Arrival {
  readonly atMs: number;
  readonly target: string;
}

function measure(
  all: readonly Arrival[],
  { limit, windowMs, padMs, afterMs }: PartitionTerms,
): Omit<Partition, "answers" | "stallMs"> {
  const [cutAt, healedAt] = ["cut", "healed"].map((name) => markedAt(all, name)) as [
    number,
    number,
  ];
  const arrivals = all.filter(({ target }) => !target.includes(MARK));
  const spanMs = windowMs + padMs;
  const apartAt = cutAt + Math.max(spanMs, 3000);
  const between = (from: number, to: number, which: "one" | "others" | "all"): number[] =>
    arrivals
      .filter(({ atMs }) => atMs > from && atMs <= to)
      .filter(({ target }) => which === "all" || isOfOne(target) === (which === "one"))
      .map(({ atMs }) => atMs);
  const use = (at: readonly number[], forMs: number): number =>
    at.length / ((limit * forMs) / spanMs);
  const togetherAt = healedAt + spanMs;
  const afterEnd = healedAt + afterMs;
  return {
    worst: worstWindow(between(0, Infinity, "all"), windowMs),
    worstOfOne: worstWindow(between(cutAt + padMs, healedAt, "one"), windowMs),
    worstAfter: worstWindow(between(togetherAt, afterEnd, "all"), windowMs),
    // A permit outlives the loss by half a pad, and a busy machine delivers late.
    sentAtFirst: between(cutAt + 1000, apartAt - 200, "one").length,
    sentLater: between(apartAt, healedAt, "one").length,
    useOfOthers: use(between(cutAt + spanMs, healedAt, "others"), healedAt - cutAt - spanMs),
    sentByOneAfter: between(healedAt, afterEnd, "one").length,
    useAfter: use(between(togetherAt, afterEnd, "all"), afterEnd - togetherAt),
  };
}

function isOfOne(target: string): boolean {
  return target.includes(`${OF_ONE}?`) || target.endsWith(OF_ONE);
}

/** Asks the simulator itself, so that its record holds the instant by its own clock. */
async function mark({ url }: SimulatorProcess, name: string): Promise<void> {
  const { body } = await request(`${url}${MARK}${name}?apikey=sim-key`);
  await body.dump();
}

function markedAt(arrivals: readonly Arrival[], name: string): number {
  const found = arrivals.find(({ target }) => target.includes(`${MARK}${name}`));
  if (!found) throw new Error(`Nobody marked "${name}".`);
  return found.atMs;
}
