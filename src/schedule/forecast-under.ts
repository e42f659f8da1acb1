import { asLedger } from "./foresee-under.ts";
import { LineModel, type LineModelParts } from "./line-model.ts";
import { play, type Track } from "./line-track.ts";
import type { Demand } from "./arrivals-at.ts";
import type { ConsumerOutlook, Policy, PolicyOutlook } from "../ports/ledger.ts";

/*
 * A line with inner quotas, played forward: each is a line of its own, as if it were a ledger (foresee-under.ts), and what
 * it lets go of then stands in the upstream's line. Those that hold nobody up are left out.
 */

/** What lines under inner quotas are played forward from. */
export interface UnderParts extends LineModelParts {
  /** What is asked for under each inner quota, by its name. */
  readonly at: ReadonlyMap<string, Demand>;
}

/** One inner quota that holds somebody up, or is about to. */
export interface PlayedPolicy {
  readonly policy: string;
  readonly tracks: readonly Track[];
}

/** From such a part of what it lets go on, an inner quota may hold somebody up. */
const BINDS = 0.9;

/** Inner quotas that are played, at most: those of which most is asked. */
const MOST_POLICIES = 20;

/** Plays the lines at inner quotas forward. */
export function playPolicies(parts: UnderParts): readonly PlayedPolicy[] {
  const { outlook, at } = parts;
  return outlook.policies
    .map((seen) => ({ seen, load: loadOf(seen, at.get(seen.policy)) }))
    .filter(({ load }) => load >= BINDS)
    .toSorted((one, other) => other.load - one.load)
    .slice(0, MOST_POLICIES)
    .map(({ seen }) => ({ policy: seen.policy, tracks: playAt(seen, parts) }));
}

/** What is asked for of what it lets go; where somebody is held up already, more than all. */
function loadOf(
  { consumers, blockedForMs, limit, spanMs }: PolicyOutlook,
  demand?: Demand,
): number {
  const waits = blockedForMs > 0 || consumers.some(({ units }) => units > 0);
  const rate = [...(demand?.rates.values() ?? [])].reduce((sum, one) => sum + one, 0);
  return (rate * spanMs) / limit + (waits ? 1 : 0);
}

function playAt(seen: PolicyOutlook, { outlook, terms, at, maxWaitMs, stepMs }: UnderParts) {
  const { policy: name, limit, spanMs } = seen;
  const policy: Policy = { name, limit, windowMs: spanMs, padMs: 0 };
  const demand = at.get(name) ?? { rates: new Map(), steady: new Set() };
  const asleep = new Map(outlook.consumers.map((one) => [one.consumer, one.asleep]));
  const held = {
    ...seen,
    blockedForMs: Math.max(seen.blockedForMs, outlook.blockedForMs),
    // What stands under it and is not asleep waits for the upstream alone.
    consumers: seen.consumers.map((one) => ({
      ...one,
      units: Math.min(one.units, asleep.get(one.consumer) ?? 0),
    })),
  };
  const inner = { ...demand, outlook: asLedger(outlook, policy, held), maxWaitMs, stepMs };
  const model = new LineModel({ ...inner, terms: { ...terms, quotas: [policy] } });
  return play(model, { stepMs, maxWaitMs });
}

/**
 * Units of each consumer under played inner quotas that have come to the upstream's line by each step: all that it asks
 * for, but for what is held. Who waits there steadily with other things goes on to, so that its line is as it was.
 */
export function arrivalsFrom(
  played: readonly PlayedPolicy[],
  parts: UnderParts,
): ReadonlyMap<string, readonly number[]> {
  const { outlook, steady } = parts;
  return new Map(
    outlook.consumers.flatMap((one) => {
      const { consumer } = one;
      if (steady.has(consumer) && awakeOf(one) >= 1) return [];
      const held = played.flatMap(({ policy, tracks }) => {
        const track = tracks.find(({ player }) => player.consumer === consumer);
        const ratePerMs = parts.at.get(policy)?.rates.get(consumer) ?? 0;
        return track ? [{ track, ratePerMs }] : [];
      });
      return held.length === 0 ? [] : [[consumer, arrivalsOf(one, held, parts)] as const];
    }),
  );
}

interface Held {
  readonly track: Track;
  readonly ratePerMs: number;
}

function arrivalsOf(
  one: ConsumerOutlook,
  held: readonly Held[],
  { rates, stepMs }: LineModelParts,
): readonly number[] {
  const rate = rates.get(one.consumer) ?? 0;
  const rateUnder = held.reduce((sum, { ratePerMs }) => sum + ratePerMs, 0);
  // More than all: the same requests are under several, and the one that holds most decides.
  const together = rateUnder > rate * 1.01;
  const steps = held[0]?.track.served.length ?? 0;
  let come = 0;
  return Array.from({ length: steps }, (_, step) => {
    const ms = step * stepMs;
    const passed = held.map(({ track, ratePerMs }) => (track.served[step] ?? 0) - ratePerMs * ms);
    const more = together ? Math.min(...passed) : passed.reduce((sum, units) => sum + units, 0);
    come = Math.max(come, awakeOf(one) + rate * ms + more);
    return come;
  });
}

function awakeOf({ units, asleep }: Pick<ConsumerOutlook, "units" | "asleep">): number {
  return units - asleep;
}
