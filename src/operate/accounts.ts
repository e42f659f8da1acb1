import { OTHER, sumOf } from "../observe/account-buckets.ts";
import {
  countNames,
  refusalTypes,
  tallyOf,
  waitBoundsMs,
  type Tally,
} from "../observe/account-counts.ts";
import { csv } from "./csv.ts";
import type { AccountCell, AccountCounts, Accounts } from "../ports/accounts.ts";
import type { AccountsBy, AccountsQuery } from "./accounts-query.ts";

/*
 * Answers of `/accounts`: cells added up to rows, as JSON and as CSV.
 */

/** Rows by a name; those that spent least are `other` beyond it. */
const MOST_NAMED = 1000;

/** One row: what it stands for, and its counts. */
export interface AccountsRow {
  readonly key: string;
  readonly tally: Tally;
}

/** Rows, and all of them added up. */
export interface AccountsReport {
  readonly query: AccountsQuery;
  readonly rows: readonly AccountsRow[];
  readonly total: Tally;
}

/** Adds up what a query asks for. @throws StoreFault */
export async function reportOf(
  store: Pick<Accounts, "read">,
  query: AccountsQuery,
  upstreams: readonly string[],
): Promise<AccountsReport> {
  const { span, from, to } = query;
  const sums = new Map<string, AccountCounts>();
  for (const upstream of query.upstream === undefined ? upstreams : [query.upstream]) {
    for await (const cells of store.read({ upstream, span, from, to })) {
      for (const cell of cells.filter((one) => isAskedFor(one, query))) {
        const key = keyOf({ ...cell, upstream }, query.by);
        sums.set(key, sumOf(sums.get(key) ?? {}, cell.counts));
      }
    }
  }
  const rows = [...sums].map(([key, counts]) => ({ key, tally: tallyOf(counts), counts }));
  const total = tallyOf(rows.map(({ counts }) => counts).reduce(sumOf, {}));
  const isByTime = query.by === "minute" || query.by === "hour";
  return { query, rows: isByTime ? rows.toSorted(byKey) : bySpending(rows), total };
}

function isAskedFor({ consumer, route }: AccountCell, query: AccountsQuery): boolean {
  return (
    (query.consumer === undefined || query.consumer === consumer) &&
    (query.route === undefined || query.route === route)
  );
}

function keyOf(cell: AccountCell & { readonly upstream: string }, by: AccountsBy): string {
  return by === "minute" || by === "hour" ? new Date(cell.at).toISOString() : cell[by];
}

type Sum = AccountsRow & { readonly counts: AccountCounts };

function byKey(one: AccountsRow, another: AccountsRow): number {
  return one.key < another.key ? -1 : 1;
}

function bySpending(sums: readonly Sum[]): AccountsRow[] {
  const sorted = sums.toSorted((one, another) => {
    const [a, b] = [one.tally, another.tally];
    return b.units - a.units || b.asked - a.asked || byKey(one, another);
  });
  const named = sorted.filter(({ key }, index) => index < MOST_NAMED && key !== OTHER);
  const rest = sorted.filter(({ key }, index) => index >= MOST_NAMED || key === OTHER);
  if (rest.length === 0) return named;
  return [...named, { key: OTHER, tally: tallyOf(rest.map(({ counts }) => counts).reduce(sumOf)) }];
}

/** The report as JSON has it. */
export function jsonOf({ query, rows, total }: AccountsReport): Readonly<Record<string, unknown>> {
  const { by, span, from, to, ...chosen } = query;
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    by,
    resolution: span,
    ...chosen,
    rows: rows.map(({ key, tally }) => ({ [by]: key, ...tally })),
    total,
  };
}

/** The report as a table with a header, one line a row; without the total. */
export function csvOf({ query, rows }: AccountsReport): string {
  const header = [
    query.by,
    ...countNames.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    "refused",
    ...refusalTypes.map((type) => `refused_${type.replaceAll("-", "_")}`),
    "waited",
    "waited_ms",
    ...waitBoundsMs.map((bound) => `waited_up_to_${bound}_ms`),
    "waited_longer",
  ];
  return csv([header, ...rows.map((row) => lineOf(row))]);
}

function lineOf({ key, tally }: AccountsRow): (string | number)[] {
  const { refused, waited } = tally;
  const byType = refusalTypes.map((type) => refused[type] ?? 0);
  return [
    key,
    ...countNames.map((name) => tally[name]),
    byType.reduce((sum, count) => sum + count, 0),
    ...byType,
    waited.count,
    waited.totalMs,
    ...waited.histogram.map(({ count }) => count),
  ];
}
