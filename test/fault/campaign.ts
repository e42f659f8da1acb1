import { versionIn } from "./read-answer.ts";
import { delay, type Fault } from "./fault.ts";
import { plan } from "./plan.ts";
import { seeded, type Random } from "./seeded.ts";
import { startFleet } from "./fleet.ts";
import { Stalls } from "./stalls.ts";
import { Starved } from "./starved.ts";
import { TERMS, World } from "./world.ts";
import { EMBEDDED_FAULTS } from "./embedded-faults.ts";
import { INSTANCE_FAULTS } from "./instance-faults.ts";
import { REDIS_FAULTS } from "./redis-faults.ts";
import { UPSTREAM_FAULTS } from "./upstream-faults.ts";
import type { Arrived, Campaign, Excuse, Round } from "./record.ts";
import type { StoreWorld } from "./stores.ts";

/** What a campaign is. */
export interface CampaignOptions {
  readonly kind: StoreWorld["kind"];
  readonly instances: number;
  readonly seed: number;
  /** Rounds with two faults at a time. */
  readonly pairs: number;
  /** Names of faults to have, or parts of them; absent: all that there are on this store. */
  readonly only?: readonly string[];
  /** Told when a round begins. */
  readonly onRound?: (faults: readonly string[]) => void;
  /** How long all comes to rest after the last fault of a round; absent: 4 s. */
  readonly restMs?: number;
  /** The longest that a campaign goes on beginning rounds. */
  readonly forMs?: number;
}

const REST_MS = 4000;

/** Before the first round: what is hot gets stored. */
const WARM_MS = 2500;

const ALL: readonly Fault[] = [
  ...INSTANCE_FAULTS,
  ...REDIS_FAULTS,
  ...EMBEDDED_FAULTS,
  ...UPSTREAM_FAULTS,
];

/** Those that can happen on a store, by parts of their names where some are given. */
function faultsFor(kind: StoreWorld["kind"], only?: readonly string[]): Fault[] {
  return ALL.filter(
    ({ name, on }) =>
      on.includes(kind) && (only === undefined || only.some((part) => name.includes(part))),
  );
}

/** Runs a campaign and returns its record. The same seed has the same faults in the same order. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { kind, instances, seed, pairs, only, forMs = Infinity, restMs = REST_MS } = options;
  const random = seeded(seed);
  const rounds = plan({ faults: faultsFor(kind, only), pairs, random });
  await using world = await World.open(kind, instances);
  const fleet = startFleet({
    targets: () => world.instances,
    readers: 18,
    forwarders: 16,
    writers: 4,
  });
  using stalls = new Stalls();
  using starved = new Starved(() =>
    world.instances.flatMap(({ process }) => process.child.pid ?? []),
  );
  const until = performance.now() + forMs;
  const kept: Round[] = [];
  try {
    await delay(WARM_MS);
    for (const faults of rounds) {
      if (performance.now() > until) break;
      options.onRound?.(faults.map(({ name }) => name));
      const round = await runRound(world, faults, { random, restMs });
      kept.push({ ...round, excuses: [...round.excuses, ...stalls.take(), ...starved.take()] });
    }
  } finally {
    await fleet.stop();
  }
  const arrived = await arrivalsOf(world);
  return {
    windowMs: TERMS.windowMs,
    tried: fleet.tried,
    rounds: kept,
    arrived,
    crashes: world.crashes(),
    killed: world.killed,
  };
}

interface Seen {
  readonly arrivals: number;
  readonly violations: number;
}

async function runRound(
  world: World,
  faults: readonly Fault[],
  { random, restMs }: { readonly random: Random; readonly restMs: number },
): Promise<Round> {
  const before = await world.simulator.ask<Seen>("GET", "/seen");
  const beganAt = performance.now();
  // The second of a pair begins while the first lasts.
  const excuses = await Promise.all(
    faults.map(async (fault, index) => {
      await delay(index * random() * 1000);
      return perform(world, fault, random);
    }),
  );
  const endedAt = performance.now();
  await delay(restMs);
  const after = await world.simulator.ask<Seen>("GET", "/seen");
  return {
    faults: faults.map(({ name }) => name),
    beganAt,
    endedAt,
    overAt: performance.now(),
    excuses,
    arrivals: [before.arrivals, after.arrivals],
    violations: after.violations - before.violations,
  };
}

async function perform(world: World, fault: Fault, random: Random): Promise<Excuse> {
  const { holdMs, afterMs, problems, breaks = false, odd = false } = fault;
  const from = performance.now();
  const end = await fault.begin(world, random);
  await delay(holdMs);
  await end();
  return { problems, breaks, odd, from, to: performance.now() + afterMs };
}

interface RawArrival {
  readonly atMs: number;
  readonly method: string;
  readonly status: number;
  readonly bodyText: string;
}

async function arrivalsOf({ simulator }: World): Promise<Arrived[]> {
  const arrivals = await simulator.ask<RawArrival[]>("GET", "/arrivals");
  return arrivals.map(({ atMs, method, status, bodyText }) => {
    const version = method === "GET" ? undefined : versionIn(bodyText);
    return { atMs, method, status, ...(version === undefined ? {} : { version }) };
  });
}
