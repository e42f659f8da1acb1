import { Departures, paceMs } from "./departures.ts";
import { guaranteedMs, standingOf, type Knowledge } from "./foresee.ts";

/*
 * What one consumer may count on. Its share is its weight's part of the tightest quota, among those who wait now. Of
 * that, it may send at once what its credit covers and the windows have room for: nobody else can take it, and
 * nothing of it is borrowed. Where that is nothing, the next unit leaves by the bound that the share guarantees.
 */

/** Who asks for its share. */
export interface Sharer {
  readonly consumer: string;
  readonly weight: number;
}

/** A consumer's own part of a quota, in units and milliseconds. */
export interface Share {
  readonly consumer: string;
  /** The tightest quota, of which it is a part. */
  readonly quota: string;
  readonly windowMs: number;
  /** Its part of a whole window. */
  readonly guaranteed: number;
  /** What it may send now without borrowing. */
  readonly left: number;
  /** Until more comes; where nothing is left, until its next unit leaves at the latest. 0: it has its whole part. */
  readonly moreInMs: number;
}

/** Last of its own, whatever it asks for next. */
const LEAST_URGENT = 7;

/** A consumer's share as of the outlook; `undefined` where there is no quota. */
export function shareOf(knowledge: Knowledge, { consumer, weight }: Sharer): Share | undefined {
  const { outlook, terms, since } = knowledge;
  const [tightest] = terms.quotas.toSorted((a, b) => a.limit - b.limit);
  if (tightest === undefined) return undefined;
  const prospect = { consumer, weight, cost: 1, urgency: LEAST_URGENT };
  const own = standingOf(knowledge, prospect);
  const weights = outlook.consumers
    .filter((one) => one.waiting > 0 && one.consumer !== consumer)
    .reduce((sum, one) => sum + one.weight, weight);
  const guaranteed = Math.floor((tightest.limit * weight) / weights);
  const asked = [...since.values()].reduce((sum, units) => sum + Math.max(0, units), 0);
  const room = new Departures(outlook, terms).free - asked;
  const credit = own.credit - own.units - (since.get(consumer) ?? 0);
  const held = outlook.blockedForMs > 0 || outlook.probing;
  const left = held ? 0 : Math.max(0, Math.floor(Math.min(credit, room, guaranteed)));
  const share = { consumer, quota: tightest.name, windowMs: tightest.windowMs, guaranteed, left };
  if (left === 0) return { ...share, moreInMs: guaranteedMs(knowledge, prospect) };
  if (left === guaranteed) return { ...share, moreInMs: 0 };
  return { ...share, moreInMs: Math.max(oldestMs(knowledge), (paceMs(terms) * weights) / weight) };
}

/** A share as it is some time later, as far as time alone changes it. */
export function aged(share: Share, ageMs: number): Share {
  // Where nothing is left nobody is told to come at once.
  const leastMs = share.left === 0 ? 1 : 0;
  return { ...share, moreInMs: Math.max(leastMs, share.moreInMs - ageMs) };
}

/** A share while a pause holds that the outlook may not know of: nothing of it may be sent. */
export function paused(share: Share, forMs: number): Share {
  return forMs > 0 ? { ...share, left: 0, moreInMs: Math.max(forMs, share.moreInMs) } : share;
}

/** Until the oldest unit falls out of the fullest window. */
function oldestMs({ outlook, terms }: Knowledge): number {
  const [fullest] = terms.quotas
    .map(({ name, limit }) => {
      const standing = outlook.quotas.find(({ quota }) => quota === name);
      return { free: limit - (standing?.used ?? 0), inMs: standing?.frees[0]?.inMs ?? 0 };
    })
    .toSorted((a, b) => a.free - b.free);
  return fullest?.inMs ?? 0;
}
