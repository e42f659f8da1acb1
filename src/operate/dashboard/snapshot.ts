import { tallyOf, type Tally } from "../../observe/account-counts.ts";
import type { AccountCounts } from "../../ports/accounts.ts";
import type { CacheUsage } from "../../ports/cache-store.ts";
import type { LedgerOutlook, LedgerTerms } from "../../ports/ledger.ts";
import type { Minute, MinuteReading } from "./minutes.ts";
import { tightest, type Sample } from "./trail.ts";

/*
 * All that the page shows of one upstream at one moment, as plain values. What could not be learned is absent, and
 * the page says so.
 */

/** Consumers that are shown by name; the rest is added up. */
export const MOST_CONSUMERS = 50;

/** Routes that are shown by name. */
export const MOST_ROUTES = 25;

/** A consumer as the configuration or the store knows it. */
export interface KnownConsumer {
  readonly name: string;
  readonly weight: number;
  readonly enabled: boolean;
  /** True: it is defined in the file and changes there alone. */
  readonly inFile: boolean;
}

/** One consumer of the last quarter of an hour. */
export interface ConsumerRow {
  readonly name: string;
  readonly weight: number;
  /** Its part of the quota while all others want theirs, 0 to 1. */
  readonly share: number;
  /** Its part of what was spent, 0 to 1. */
  readonly spent: number;
  readonly waiting: number;
  /** Until a further request of it would leave; absent: nothing of it waits, or it is not known. */
  readonly waitMs?: number;
  readonly tally: Tally;
  /** Absent: nobody has configured it. */
  readonly known?: KnownConsumer;
}

/** One route of the last quarter of an hour. */
export interface RouteRow {
  readonly name: string;
  /** Its part of what was spent, 0 to 1. */
  readonly spent: number;
  readonly tally: Tally;
}

/** The rows that matter most, and what the rest adds up to. */
export interface Ranked<Row> {
  readonly rows: readonly Row[];
  readonly others: { readonly count: number; readonly tally: Tally };
}

/** The quota and the line before it. */
export interface QuotaView {
  readonly name: string;
  /** The limit that is kept, by what was learned, and the one that the configuration gives. */
  readonly limit: number;
  readonly configured: number;
  readonly windowMs: number;
  readonly used: number;
  readonly blockedForMs: number;
  readonly probing: boolean;
  readonly waiting: number;
  readonly maxWaiting: number;
  readonly underWay: number;
  readonly concurrency: number;
}

/** One thing that happened. */
export interface EventLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: string;
  readonly words: string;
}

/** How one part of the installation does. */
export interface Health {
  readonly name: string;
  readonly state: "well" | "strained" | "down";
  readonly words: string;
}

/** What the page shows of one upstream. */
export interface Snapshot {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly upstream: string;
  readonly quota?: QuotaView;
  readonly samples: readonly Sample[];
  readonly pauses: readonly { readonly from: number; readonly to: number }[];
  readonly minutes: readonly (Minute & { readonly tally: Tally })[];
  readonly total: Tally;
  readonly consumers: Ranked<ConsumerRow>;
  readonly routes: Ranked<RouteRow>;
  readonly stored?: CacheUsage & { readonly maxBytes: number };
  readonly health: readonly Health[];
  readonly events: readonly EventLine[];
}

/** What a snapshot's tables are made from. */
export interface RowInputs {
  readonly reading: MinuteReading;
  readonly outlook: LedgerOutlook | undefined;
  readonly known: readonly KnownConsumer[];
  /** Predicted waits in milliseconds, of those who wait. */
  readonly waits: ReadonlyMap<string, number>;
}

/** The quota as an outlook shows it, which is on the terms that were learned; `configured`: those of the file. */
export function quotaView(
  outlook: LedgerOutlook,
  terms: LedgerTerms,
  configured: LedgerTerms["quotas"],
): QuotaView | undefined {
  const quota = tightest(terms);
  if (!quota) return undefined;
  return {
    name: quota.name,
    limit: quota.limit,
    configured: configured.find(({ name }) => name === quota.name)?.limit ?? quota.limit,
    windowMs: quota.windowMs,
    used: outlook.quotas.find((one) => one.quota === quota.name)?.used ?? 0,
    blockedForMs: outlook.blockedForMs,
    probing: outlook.probing,
    waiting: outlook.consumers.reduce((sum, { waiting }) => sum + waiting, 0),
    maxWaiting: terms.maxWaiting,
    underWay: outlook.underWay,
    concurrency: terms.concurrency,
  };
}

/** Everybody who asked, waits or is configured; who spent most first. */
export function consumerRows(inputs: RowInputs): Ranked<ConsumerRow> {
  const { reading, outlook, known, waits } = inputs;
  const counts = reading.sums.consumers;
  const standing = new Map(outlook?.consumers.map((one) => [one.consumer, one]));
  const knownAs = new Map(known.map((one) => [one.name, one]));
  const waitingNames = [...standing.values()].filter(({ waiting }) => waiting > 0);
  const names = new Set([
    ...counts.keys(),
    ...waitingNames.map(({ consumer }) => consumer),
    ...known.map(({ name }) => name),
  ]);
  const weightOf = (name: string): number =>
    knownAs.get(name)?.weight ?? standing.get(name)?.weight ?? 1;
  const weights = [...names].reduce((sum, name) => sum + weightOf(name), 0);
  const units = tallyOf(reading.sums.total).units;
  const rows = [...names].map((name): ConsumerRow => {
    const tally = tallyOf(counts.get(name) ?? {});
    const wait = waits.get(name);
    const configured = knownAs.get(name);
    return {
      name,
      weight: weightOf(name),
      share: weights === 0 ? 0 : weightOf(name) / weights,
      spent: units === 0 ? 0 : tally.units / units,
      waiting: standing.get(name)?.waiting ?? 0,
      ...(wait === undefined ? {} : { waitMs: wait }),
      tally,
      ...(configured ? { known: configured } : {}),
    };
  });
  const sorted = rows.toSorted(
    (one, other) => bySpending(one, other) || other.waiting - one.waiting || byName(one, other),
  );
  return ranked(sorted, MOST_CONSUMERS, counts);
}

/** The routes that were asked for; what spent most first. */
export function routeRows({ reading }: Pick<RowInputs, "reading">): Ranked<RouteRow> {
  const counts = reading.sums.routes;
  const { units } = tallyOf(reading.sums.total);
  const rows = [...counts].map(([name, one]): RouteRow => {
    const tally = tallyOf(one);
    return { name, spent: units === 0 ? 0 : tally.units / units, tally };
  });
  const sorted = rows.toSorted((one, other) => bySpending(one, other) || byName(one, other));
  return ranked(sorted, MOST_ROUTES, counts);
}

function ranked<Row extends { readonly name: string }>(
  sorted: readonly Row[],
  most: number,
  counts: ReadonlyMap<string, AccountCounts>,
): Ranked<Row> {
  const rest = sorted.slice(most);
  const sum: Record<string, number> = {};
  for (const { name } of rest) {
    for (const [code, count] of Object.entries(counts.get(name) ?? {})) {
      sum[code] = (sum[code] ?? 0) + count;
    }
  }
  return { rows: sorted.slice(0, most), others: { count: rest.length, tally: tallyOf(sum) } };
}

type Spender = { readonly name: string; readonly tally: Tally };

function bySpending({ tally: one }: Spender, { tally: other }: Spender): number {
  return other.units - one.units || other.asked - one.asked;
}

function byName(one: Spender, other: Spender): number {
  return one.name < other.name ? -1 : 1;
}
