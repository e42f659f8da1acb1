import { problemTypes, type ProblemType } from "../http/problem.ts";
import { addRecord, isFailure, zero } from "./counts.ts";
import type { AccountCounts } from "../ports/accounts.ts";
import type { AccessRecord } from "./access-record.ts";

/*
 * What the accounts count of an exchange, and under which names they keep it: one letter each, since a store holds
 * them many times over.
 */

const CODES = {
  asked: "a",
  fromStore: "h",
  stale: "s",
  collapsed: "c",
  forwarded: "f",
  units: "u",
  borrowed: "b",
  throttled: "t",
  failed: "e",
  clientsLeft: "l",
} as const;

/** A plain count. */
export type CountName = keyof typeof CODES;

/** The plain counts, in the order in which they are shown. */
export const countNames = Object.keys(CODES).filter((name) => isCountName(name));

/** How often a consumer had work for the quota. */
export const SHARERS = "k";

/** Its weight each time, added up: divided by the above, its weight. */
export const WEIGHTS = "g";

/** Milliseconds of wait in all. */
const WAITED_MS = "w";

/** Upper ends of the histogram of waits, in milliseconds; beyond the last there is one more bucket. */
export const waitBoundsMs: readonly number[] = [
  10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000,
];

/** Problem types that are refusals and no failures. */
export const refusalTypes: readonly ProblemType[] = Object.keys(problemTypes)
  .filter((type) => isProblemType(type))
  .filter((type) => !isFailure(problemTypes[type].status));

/** Counts that people read. */
export type Tally = Readonly<Record<CountName, number>> & {
  /** By problem type; only those that happened. */
  readonly refused: Readonly<Partial<Record<ProblemType, number>>>;
  /** Of exchanges that stood in line for the quota, or for a forward that was another's. */
  readonly waited: {
    readonly count: number;
    readonly totalMs: number;
    /** Each exchange is in one bucket alone: the first that reaches to its wait. `null`: the rest. */
    readonly histogram: readonly { readonly upToMs: number | null; readonly count: number }[];
  };
};

/** What nearly every exchange of a busy gateway counts. */
const PLAIN_HIT = countsOfHits(1);

/** What one exchange counts. */
export function countsOfRecord(record: AccessRecord): AccountCounts {
  if (isPlainHit(record)) return PLAIN_HIT;
  const { units, problem, status, weight } = record;
  const count = zero();
  addRecord(count, record);
  const waitMs = waitOf(record);
  const refused = problem !== undefined && !isFailure(status);
  return {
    ...coded({ ...count, units }),
    ...(refused ? { [`r.${problem}`]: 1 } : {}),
    ...(shares(record) && weight !== undefined ? { [SHARERS]: 1, [WEIGHTS]: weight } : {}),
    ...(waitMs === undefined ? {} : { [WAITED_MS]: Math.round(waitMs), [waitCode(waitMs)]: 1 }),
  };
}

/** True where it was answered from store, fresh and whole, and cost nothing. */
function isPlainHit(record: AccessRecord): boolean {
  const { cache, end, problem, stale, collapsed } = record;
  const fresh = cache === "hit" && stale === undefined && !collapsed;
  return fresh && end === "complete" && problem === undefined && isFree(record);
}

function isFree({ forwards, units, throttled, queueMs }: AccessRecord): boolean {
  return forwards === 0 && units === 0 && throttled === 0 && queueMs === 0;
}

/** What so many exchanges count that were answered from store, fresh and whole. */
export function countsOfHits(hits: number): AccountCounts {
  return { [CODES.asked]: hits, [CODES.fromStore]: hits };
}

/** What a forward in the background counts, without an exchange. */
export function countsOfBackground(cost: {
  readonly forwards: number;
  readonly units: number;
  readonly throttled: number;
}): AccountCounts {
  return coded({ forwarded: cost.forwards, units: cost.units, throttled: cost.throttled });
}

/** Counts as people read them. */
export function tallyOf(counts: AccountCounts): Tally {
  const plain = (name: CountName): number => counts[CODES[name]] ?? 0;
  const histogram = [...waitBoundsMs, null].map((upToMs, index) => ({
    upToMs,
    count: counts[`w${index}`] ?? 0,
  }));
  const refused = refusalTypes.flatMap((type) => {
    const count = counts[`r.${type}`];
    return count === undefined ? [] : [[type, count] as const];
  });
  return {
    asked: plain("asked"),
    fromStore: plain("fromStore"),
    stale: plain("stale"),
    collapsed: plain("collapsed"),
    forwarded: plain("forwarded"),
    units: plain("units"),
    borrowed: plain("borrowed"),
    throttled: plain("throttled"),
    failed: plain("failed"),
    clientsLeft: plain("clientsLeft"),
    refused: Object.fromEntries(refused),
    waited: {
      count: histogram.reduce((sum, { count }) => sum + count, 0),
      totalMs: counts[WAITED_MS] ?? 0,
      histogram,
    },
  };
}

/** Those that are not zero; fewer than none are units given back that an exchange has been charged for already. */
function coded(count: Partial<Record<CountName, number>>): AccountCounts {
  return Object.fromEntries(
    countNames.flatMap((name) => {
      const value = count[name] ?? 0;
      return value === 0 ? [] : [[CODES[name], value]];
    }),
  );
}

/** `undefined`: it had nothing to wait for. Of one whose deadline passed in the line all its time was wait. */
function waitOf({ problem, queueMs, forwards, totalMs }: AccessRecord): number | undefined {
  if (problem === "deadline-passed") return totalMs;
  return forwards > 0 || queueMs > 0 ? queueMs : undefined;
}

/** True where it had work for the quota: sent, waited, or was not let into the line. */
function shares(record: AccessRecord): boolean {
  return waitOf(record) !== undefined || record.problem === "queue-full";
}

function waitCode(waitMs: number): string {
  const index = waitBoundsMs.findIndex((bound) => waitMs <= bound);
  return `w${index === -1 ? waitBoundsMs.length : index}`;
}

function isCountName(name: string): name is CountName {
  return name in CODES;
}

/** True for a literal of the closed set. */
export function isProblemType(type: string): type is ProblemType {
  return type in problemTypes;
}
