import { numberIn, URGENCY, type Book } from "./book.ts";
import { tagAt } from "./asleep.ts";
import { innerLog, innerSpan, policyHash } from "./inner.ts";
import { isAsleep, laneOf } from "./lanes.ts";
import { passesOf } from "./passes.ts";
import { pauseState } from "./pauses.ts";
import { earnedCredit } from "./queue.ts";
import { logOf, spanOf, usedOf } from "./windows.ts";
import type {
  ConsumerOutlook,
  LedgerOutlook,
  PolicyOutlook,
  QuotaOutlook,
} from "../ports/ledger.ts";
import type { TurnInput } from "./turn.ts";

/*
 * What the ledger holds, for forecasts: read in one go, changed by nobody. The Redis adapter's outlook.lua is
 * this file's twin.
 */

/** At most so many points of a window are told; between them a forecast draws straight lines. */
const POINTS = 64;

/** Steps of urgency (RFC 9218: 0 to 7). */
const URGENCIES = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** Reads what a forecast needs. Everything is as of the input's clock, and nothing is written. */
export function takeOutlook({ tables, terms, clock }: TurnInput): LedgerOutlook {
  const book: Book = {
    tables,
    terms,
    now: Math.max(clock, Number(tables.read("state", "now") ?? 0)),
  };
  const state = (field: string): number => numberIn(book, "state", field);
  const blockedUntil = Math.max(state("pausedUntil"), state("recoverUntil"));
  return {
    atMs: book.now / 1000,
    virtual: state("virtual"),
    paceInMs: (state("paceAt") - book.now) / 1000,
    blockedForMs: Math.max(0, blockedUntil - book.now) / 1000,
    probing: pauseState(book).kind !== "open",
    ramping: book.now < state("rampUntil"),
    underWay: tables.size("underWay"),
    quotas: terms.quotas.map((quota) => {
      const window = { log: logOf(quota), span: spanOf(quota), used: usedOf(book, quota) };
      return { quota: quota.name, ...windowOutlook(book, window) };
    }),
    consumers: tables
      .entries("joined")
      .map(([consumer, joined]) => consumerOutlook(book, consumer, Number(joined))),
    policies: tables.entries("policies").flatMap(([policy]) => policyOutlook(book, policy)),
  };
}

/** Units that have run out and were not yet let go of are left out: the next turn lets go of them. */
function windowOutlook(
  { tables, now }: Book,
  { log, span, used }: { log: string; span: number; used: number },
): Pick<QuotaOutlook, "used" | "frees"> {
  const size = tables.size(log);
  const gone = tables.count(log, now - span);
  const kept = size - gone;
  if (kept === 0) return { used: 0, frees: [] };
  const each = used / size;
  const points = Math.min(POINTS, kept);
  const frees = Array.from({ length: points }, (_, point) => {
    const index = kept <= POINTS ? point : indexOf(point, kept);
    const stamp = tables.at(log, gone + index)?.score ?? now;
    return { units: (index + 1) * each, inMs: (stamp + span - now) / 1000 };
  });
  return { used: kept * each, frees };
}

/** The first sixteen one by one, the rest ever further apart: a short wait must be told more exactly than a long one. */
function indexOf(point: number, kept: number): number {
  const beyond = Math.max(0, point - 15);
  return Math.min(point, 15) + Math.floor(((kept - 16) * beyond * beyond) / 2304);
}

function consumerOutlook(book: Book, consumer: string, joined: number): ConsumerOutlook {
  const of = (field: string): number => numberIn(book, `consumer:${consumer}`, field);
  const [weight, waiting] = [of("weight"), of("waiting")];
  if (waiting > 0) {
    const sets = book.tables.entries(`lanes:${consumer}`);
    const sleeping = sets.filter(([set]) => isAsleep(book, consumer, set.split(",")));
    const awake = sets.filter((set) => !sleeping.includes(set)).map(([set]) => set);
    const asleep = sleeping.reduce((sum, [, units]) => sum + Number(units), 0);
    const before = beforeIn(book, consumer, ["", ...awake]);
    // Whoever is out of the ring comes back where the others stand.
    const inRing = book.tables.score("ring", consumer) !== undefined;
    const virtual = numberIn(book, "state", "virtual");
    const start = inRing ? of("start") : Math.max(of("start"), virtual);
    const [units, credit] = [of("units"), of("credit")];
    return { consumer, weight, start, asleep, units, waiting, credit, joined, before };
  }
  const start = Math.max(numberIn(book, "state", "virtual"), of("finish"));
  const fraction = weight / (numberIn(book, "state", "weight") + weight);
  const credit = earnedCredit(book, consumer, fraction);
  const nothing = { asleep: 0, units: 0, waiting, before: URGENCIES.map(() => 0) };
  return { consumer, weight, start, credit, joined, ...nothing };
}

/** Tickets in some lanes of a consumer that a new one stands behind, by its urgency. */
function beforeIn(book: Book, consumer: string, sets: readonly string[]): number[] {
  return URGENCIES.map((urgency) =>
    sets.reduce((sum, set) => {
      const order = book.now + urgency * URGENCY;
      return sum + book.tables.count(laneOf(consumer, set), order);
    }, 0),
  );
}

/** Of a policy that stands as if it had never been, nothing is told. */
function policyOutlook(book: Book, policy: string): PolicyOutlook[] {
  const of = (field: string): number => numberIn(book, policyHash(policy), field);
  const span = innerSpan(book, policy);
  const window = windowOutlook(book, { log: innerLog(policy), span, used: of("used") });
  const consumers = policyConsumers(book, policy);
  const pause = pauseState(book, policy);
  const waits = consumers.some(({ units }) => units > 0);
  if (window.used === 0 && !waits && pause.kind === "open") return [];
  const ahead = {
    paceInMs: (of("paceAt") - book.now) / 1000,
    blockedForMs: Math.max(0, of("pausedUntil") - book.now) / 1000,
    probing: pause.kind !== "open",
  };
  const [limit, virtual] = [of("limit"), of("virtual")];
  return [{ policy, limit, spanMs: span / 1000, virtual, ...ahead, ...window, consumers }];
}

function policyConsumers(book: Book, policy: string): PolicyOutlook["consumers"][number][] {
  return book.tables.entries(`joined:${policy}`).map(([consumer, joined]) => {
    const lanes = book.tables.entries(`lanes:${consumer}`);
    const sets = lanes.filter(([set]) => set.split(",").includes(policy));
    const under = sets.map(([set]) => set);
    const waiting = under.reduce((sum, set) => sum + book.tables.size(laneOf(consumer, set)), 0);
    const held = sets.filter(([set]) => isHeldElsewhere(book, consumer, { set, policy }));
    return {
      consumer,
      weight: numberIn(book, `consumer:${consumer}`, "weight"),
      start: tagAt(book, policy, consumer),
      asleep: held.reduce((sum, [, units]) => sum + Number(units), 0),
      units: numberIn(book, `due:${policy}`, consumer),
      waiting,
      joined: Number(joined),
      before: beforeIn(book, consumer, under),
    };
  });
}

/** True where what stands in a lane has other policies to pass, so that it comes to this one bit by bit. */
function isHeldElsewhere(
  book: Book,
  consumer: string,
  { set, policy }: { set: string; policy: string },
): boolean {
  const others = set.split(",").filter((other) => other !== policy);
  const [head] = book.tables.first(laneOf(consumer, set), 1);
  const passed = head === undefined ? [] : passesOf(book, head.member);
  return isAsleep(book, consumer, others) || others.some((other) => passed.includes(other));
}
