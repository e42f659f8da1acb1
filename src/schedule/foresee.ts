import { meanUpTo } from "./arrivals.ts";
import { companyOf, type Company } from "./company.ts";
import { OWED } from "./assigned.ts";
import { Departures, LATE, paceMs } from "./departures.ts";
import type { ConsumerOutlook, LedgerOutlook, LedgerTerms, Policy } from "../ports/ledger.ts";

/*
 * When will a request leave? The rule is start-time fair queueing: a consumer's n-th unit from now has the tag
 * S + (n - 1) / weight, and the least tag leaves next. So a request with the tag v has before it, of each other
 * consumer, the units whose tags are no greater: floor((v - S) * weight) + 1, or fewer where it has fewer to send:
 * those that wait and those that come, at the rate of late, until the request leaves. When it leaves follows from
 * how many leave before it (departures.ts), so the forecast is the least instant that agrees with itself.
 *
 * The forecast is right while demand keeps its shape. Beside it stands the bound that the request's own share
 * guarantees, whatever the others ask for: all that their tags and their credit allow leaves first.
 * A pause, a lowered limit or lost memory that comes later is foreseen by neither.
 */

/** A request that would stand in line. */
export interface Prospect {
  readonly consumer: string;
  readonly weight: number;
  readonly cost: number;
  readonly urgency: number;
  /** Units of its consumer, itself included, that are counted as waiting and do not stand before it; absent: none. */
  readonly behind?: number;
  /** The same of those under each policy that it is under, by the policy's name. */
  readonly behindAt?: ReadonlyMap<string, number>;
  /** Inner quotas that it is under; absent: none. */
  readonly policies?: readonly Policy[];
}

/** What is known as a request is judged. */
export interface Knowledge {
  readonly outlook: LedgerOutlook;
  readonly terms: LedgerTerms;
  /** Units a millisecond that each consumer has asked for of late. */
  readonly rates: ReadonlyMap<string, number>;
  /** Units that each consumer has asked for since the outlook, less those it gave up, as far as that is known. */
  readonly since: ReadonlyMap<string, number>;
  /** The rates of what is under each policy, by the policy's name; absent: not known. */
  readonly ratesAt?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** How old the outlook is. */
  readonly ageMs: number;
  /** Units a millisecond that the upstream takes where its concurrency, not its quota, is what holds. */
  readonly servedPerMs?: number;
  /** The weights of all who may ever ask, together, where that is known. */
  readonly weights?: number;
}

/** What awaits a request. */
export interface Foresight {
  /** 1: it is next. Counted in units, of what waits now. */
  readonly place: number;
  /** Until it leaves, while demand keeps its shape. */
  readonly waitMs: number;
  /** Until it leaves at the latest, whatever the others ask for. */
  readonly boundMs: number;
  /** The inner quota that holds it back longest, by name; absent: the upstream's own quotas do. */
  readonly heldBy?: string;
  /** What one meets that does not wait but comes again; absent: no more than this. */
  readonly again?: Return;
}

/** What a request meets that gives up its place and returns, where nobody else comes meanwhile. */
export interface Return {
  /** Having returned, it waits for one turn of its share at most. */
  readonly turnMs: number;
  /** Until all that waits now has left, so that it would leave at once. */
  readonly clearMs: number;
}

/** What awaits a request, and among whom. */
export type Foreseen = Foresight & Company;

/** Far below any difference of tags that means something. */
const ROUNDING = 1e-6;

/** Halvings of the span in which a forecast lies: to a millionth of it. */
const HALVINGS = 20;

interface Line {
  readonly departures: Departures;
  readonly own: ConsumerOutlook;
  readonly others: readonly ConsumerOutlook[];
  /** Units of its own before it. */
  readonly before: number;
  readonly tag: number;
}

/** Foresees when a request leaves that joins now. */
export function foresee(knowledge: Knowledge, prospect: Prospect): Foreseen {
  const line = lineUp(knowledge, prospect);
  const leaves = (afterMs: number): { place: number; atMs: number } => {
    const { all, paced } = ahead(line, knowledge, afterMs);
    const before = { all: all + prospect.cost, paced: paced === 0 ? 0 : paced };
    const atMs = line.departures.of(before);
    return {
      place: all + 1,
      atMs: Math.max(atMs, before.all / (knowledge.servedPerMs ?? Infinity)),
    };
  };
  const boundMs = worstMs(line, knowledge, prospect);
  const first = leaves(knowledge.ageMs);
  let [soonest, latest] = [first.atMs, Math.max(first.atMs, leaves(Infinity).atMs)];
  for (let halving = 0; halving < HALVINGS && latest - soonest > 1; halving += 1) {
    const middle = (soonest + latest) / 2;
    if (leaves(middle).atMs <= middle) latest = middle;
    else soonest = middle;
  }
  const left = (ms: number): number => Math.max(0, ms - knowledge.ageMs);
  const { turnMs, clearMs } = returning(line, knowledge, prospect);
  const slowest = Math.max(boundMs, knowledge.servedPerMs === undefined ? 0 : latest);
  return {
    place: Math.max(1, Math.round(first.place)),
    waitMs: left(Math.min(latest, slowest)),
    boundMs: left(slowest),
    again: { turnMs, clearMs: left(clearMs) },
    ...companyOf(knowledge.outlook, prospect),
  };
}

/** Who returns stands behind all that waits now; of its own share's turns the first is its. */
function returning(line: Line, knowledge: Knowledge, { cost, behind = 0 }: Prospect): Return {
  const { own, others } = line;
  const { outlook, terms, since, servedPerMs = Infinity } = knowledge;
  const asked = [...since.values()].reduce((sum, units) => sum + Math.max(0, units), 0);
  const units = others.reduce((sum, other) => sum + other.units, own.units + asked);
  const all = Math.max(0, units - Math.min(cost, behind)) + cost;
  const waiting = others.filter((other) => other.waiting > 0);
  const turn =
    waiting.reduce((sum, other) => sum + other.weight / own.weight + whole(other), 1) * cost;
  const pace = paceMs(terms);
  // One that costs several units may find the pace behind by as many as the windows gave back at once.
  const gone = line.departures.of({ all, paced: all - cost + 1 }) + (cost - 1) * pace;
  const clearMs = Math.max(gone, all / servedPerMs);
  const held = outlook.blockedForMs > 0 || outlook.probing;
  // After a pause its probe comes first, and the pace begins anew behind it; turns are later than they seem.
  if (held) return { turnMs: Infinity, clearMs: clearMs + (LATE + 1) * pace };
  return { turnMs: (turn + LATE + OWED) * pace, clearMs };
}

/**
 * Until a request leaves that joins now, at the latest: what its own share guarantees, whatever the others ask for.
 * Milliseconds from the outlook on.
 */
export function guaranteedMs(knowledge: Knowledge, prospect: Prospect): number {
  return worstMs(lineUp(knowledge, prospect), knowledge, prospect);
}

/** Where the prospect's consumer stands; one whom the ledger does not know yet, where it would begin. */
export function standingOf({ outlook, terms }: Knowledge, prospect: Prospect): ConsumerOutlook {
  const known = outlook.consumers.find(({ consumer }) => consumer === prospect.consumer);
  return { ...(known ?? newcomer(outlook, terms, prospect)), weight: prospect.weight };
}

function worstMs(line: Line, knowledge: Knowledge, prospect: Prospect): number {
  const allMs = line.departures.of(atWorst(line, knowledge, prospect));
  return allMs + (LATE + OWED) * paceMs(knowledge.terms);
}

function lineUp(knowledge: Knowledge, prospect: Prospect): Line {
  const { outlook, terms, since } = knowledge;
  const departures = new Departures(outlook, terms);
  const { consumer, weight, urgency } = prospect;
  const own = standingOf(knowledge, prospect);
  const each = own.waiting === 0 ? 0 : own.units / own.waiting;
  const waiting = (own.before[urgency] ?? own.waiting) * each + (since.get(consumer) ?? 0);
  const before = Math.max(0, waiting - (prospect.behind ?? 0));
  const others = outlook.consumers.filter((one) => one.consumer !== consumer);
  return { departures, own, others, before, tag: own.start + before / weight };
}

/** One who never asked begins where the rest stand, with a whole share. */
function newcomer(outlook: LedgerOutlook, terms: LedgerTerms, prospect: Prospect): ConsumerOutlook {
  const { consumer, weight } = prospect;
  const waiting = outlook.consumers.filter((one) => one.waiting > 0);
  const weights = waiting.reduce((sum, one) => sum + one.weight, weight);
  const least = Math.min(...terms.quotas.map(({ limit }) => limit));
  const credit = outlook.ramping ? 0 : Math.floor((least * weight) / weights);
  const nothing = { asleep: 0, units: 0, waiting: 0, joined: 0, before: [] };
  return { consumer, weight, start: outlook.virtual, credit, ...nothing };
}

/** What leaves before a request that leaves after `afterMs`; `paced` counts the request itself, unless it goes on credit. */
function ahead(line: Line, { rates, since, ageMs }: Knowledge, afterMs: number) {
  let room = line.departures.free;
  let [credited, paced] = [0, 0];
  for (const other of line.others) {
    const rate = rates.get(other.consumer) ?? 0;
    const known = since.get(other.consumer) ?? 0;
    const come = Math.max(known, rate * ageMs + Math.min(0, known));
    const later = rate === 0 ? 0 : rate * Math.max(0, afterMs - ageMs);
    const now = Math.max(0, other.units - other.asleep + come);
    const onCredit = Math.min(other.credit, now, room);
    room -= onCredit;
    credited += onCredit;
    paced += served(now - onCredit, later, turnsBefore(line, other));
  }
  const onCredit = Math.min(line.own.credit, line.before, room);
  const covered = line.own.credit >= line.before + 1 && room >= line.before + 1;
  const all = credited + paced + line.before;
  return { all, paced: covered ? 0 : paced + line.before - onCredit + 1 };
}

/** Of those that wait and those that are expected, how many the turns before the request let through. */
function served(waiting: number, expected: number, turns: number): number {
  if (waiting >= turns) return turns;
  return waiting + meanUpTo(expected, turns - waiting);
}

/** Turns that another has before the request: equal tags go by name. */
function turnsBefore({ tag, own }: Line, other: ConsumerOutlook): number {
  const turns = tagsUpTo(tag, other);
  if (turns === 0 || other.consumer < own.consumer) return turns;
  const tied = (tag - other.start) * other.weight - (turns - 1) < 2 * ROUNDING;
  return tied ? turns - 1 : turns;
}

/** How many of another's units have tags that are no greater. */
function tagsUpTo(
  tag: number,
  { start, weight }: Pick<ConsumerOutlook, "start" | "weight">,
): number {
  // Tags are sums of fractions: two that should be equal may differ in their last digits.
  const units = (tag - start) * weight + ROUNDING;
  return units < 0 ? 0 : Math.floor(units) + 1;
}

/** A request that costs several units goes whole, or not at all: by so much another may go beyond its turn. */
function whole({ units, waiting }: ConsumerOutlook): number {
  return waiting === 0 ? 0 : Math.ceil(units / waiting) - 1;
}

/** All that the others may send first, whatever they ask for: their tags, and such credit as finds room. */
function atWorst(line: Line, { outlook, weights = 0 }: Knowledge, { cost }: Prospect) {
  const { departures, own, others, before, tag } = line;
  const known = others.reduce((sum, { weight }) => sum + weight, own.weight);
  const unknown = Math.max(0, weights - known);
  const strangers = Math.ceil((tag - outlook.virtual) * unknown + unknown);
  const tags = others.reduce((sum, other) => sum + tagsUpTo(tag, other) + whole(other), strangers);
  const credit = others.reduce((sum, other) => sum + other.credit, unknown > 0 ? Infinity : 0);
  const gone = Math.min(credit, departures.free + departures.surplus + others.length);
  const all = tags + gone + before + cost;
  return { all, paced: all };
}
