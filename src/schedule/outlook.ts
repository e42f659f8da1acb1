import { numberIn, URGENCY, type Book } from "./book.ts";
import { pauseState } from "./pauses.ts";
import { earnedCredit } from "./queue.ts";
import { spanOf } from "./windows.ts";
import type { ConsumerOutlook, LedgerOutlook, LedgerTerms, QuotaOutlook } from "../ports/ledger.ts";
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
    quotas: terms.quotas.map((quota) => quotaOutlook(book, quota)),
    consumers: tables
      .entries("joined")
      .map(([consumer, joined]) => consumerOutlook(book, consumer, Number(joined))),
  };
}

/** Units that have run out and were not yet let go of are left out: the next turn lets go of them. */
function quotaOutlook(book: Book, quota: LedgerTerms["quotas"][number]): QuotaOutlook {
  const log = `log:${quota.name}`;
  const size = book.tables.size(log);
  const gone = book.tables.count(log, book.now - spanOf(quota));
  const kept = size - gone;
  if (kept === 0) return { quota: quota.name, used: 0, frees: [] };
  const each = numberIn(book, "used", quota.name) / size;
  const points = Math.min(POINTS, kept);
  const frees = Array.from({ length: points }, (_, point) => {
    const index = kept <= POINTS ? point : indexOf(point, kept);
    const stamp = book.tables.at(log, gone + index)?.score ?? book.now;
    return { units: (index + 1) * each, inMs: (stamp + spanOf(quota) - book.now) / 1000 };
  });
  return { quota: quota.name, used: kept * each, frees };
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
    const before = URGENCIES.map((urgency) =>
      book.tables.count(`lane:${consumer}`, book.now + urgency * URGENCY),
    );
    const [start, units, credit] = [of("start"), of("units"), of("credit")];
    return { consumer, weight, start, units, waiting, credit, joined, before };
  }
  const start = Math.max(numberIn(book, "state", "virtual"), of("finish"));
  const fraction = weight / (numberIn(book, "state", "weight") + weight);
  const credit = earnedCredit(book, consumer, fraction);
  return {
    consumer,
    weight,
    start,
    units: 0,
    waiting,
    credit,
    joined,
    before: URGENCIES.map(() => 0),
  };
}
