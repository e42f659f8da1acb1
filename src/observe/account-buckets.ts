import type { AccountCell, AccountCounts, AccountSpan } from "../ports/accounts.ts";

/*
 * How the accounts are divided and bounded, the same in every store. Each minute and each hour of an upstream is a
 * bucket of its own, a cell for each consumer and route in it, so that what is too old goes bucket by bucket.
 */

/** Both in milliseconds: how long a span is, and how long after its end it is forgotten. */
export const SPANS: Readonly<
  Record<AccountSpan, { readonly ms: number; readonly keptMs: number }>
> = {
  minute: { ms: 60_000, keptMs: 2 * 86_400_000 },
  hour: { ms: 3_600_000, keptMs: 30 * 86_400_000 },
};

/** Consumers that one bucket tells apart; further ones are `other`. */
export const MOST_CONSUMERS = 100;

/** Cells of one bucket; beyond it what would need another is `other`'s, of which there is one a route. */
export const MOST_CELLS = 500;

/** How long a store remembers which batch of a process came last, in milliseconds. */
export const REMEMBERED_MS = 2 * 86_400_000;

/** Who stands for all whom a bucket does not tell apart. */
export const OTHER = "other";

/** One minute or hour, and what is to be added to it. */
export interface Bucket {
  readonly span: AccountSpan;
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  /** When it is forgotten, in epoch milliseconds. */
  readonly endsAt: number;
  readonly cells: readonly AccountCell[];
}

/** The buckets, minutes and hours, that cells of minutes belong to; without those that are past keeping. */
export function bucketsOf(cells: readonly AccountCell[], now: number): Bucket[] {
  const spans: readonly AccountSpan[] = ["minute", "hour"];
  return spans.flatMap((span) => {
    const { ms, keptMs } = SPANS[span];
    const byStart = new Map<number, Map<string, AccountCell>>();
    for (const cell of cells) {
      const at = startOf(span, cell.at);
      const bucket = byStart.get(at) ?? new Map<string, AccountCell>();
      byStart.set(at, bucket);
      const name = cellName(cell);
      const counts = sumOf(bucket.get(name)?.counts ?? {}, cell.counts);
      bucket.set(name, { ...cell, at, counts });
    }
    return [...byStart]
      .map(([at, bucket]) => ({ span, at, endsAt: at + ms + keptMs, cells: [...bucket.values()] }))
      .filter(({ endsAt }) => endsAt > now);
  });
}

/** The beginning of the minute or hour in which an instant lies. */
export function startOf(span: AccountSpan, at: number): number {
  const { ms } = SPANS[span];
  return Math.floor(at / ms) * ms;
}

/** A cell's name in its bucket. */
export function cellName({ consumer, route }: Pick<AccountCell, "consumer" | "route">): string {
  return `${consumer}\n${route}`;
}

/** Reads what `cellName()` wrote. */
export function readCellName(name: string): Pick<AccountCell, "consumer" | "route"> {
  const end = name.indexOf("\n");
  return { consumer: name.slice(0, end), route: name.slice(end + 1) };
}

/** The cells that a bucket has, so that it can be said under which name a further one is counted. */
export class BucketNames {
  readonly #names = new Set<string>();
  readonly #consumers = new Set<string>();

  constructor(names: readonly string[]) {
    for (const name of names) this.#add(name, readCellName(name).consumer);
  }

  /** Its own name, or that of `other` where there are too many; counts as one that the bucket has from now on. */
  place(cell: Pick<AccountCell, "consumer" | "route">): string {
    const { consumer } = cell;
    const name = cellName(cell);
    if (this.#names.has(name)) return name;
    const told = this.#consumers.has(consumer) || this.#consumers.size < MOST_CONSUMERS;
    if (told && this.#names.size < MOST_CELLS) return this.#add(name, consumer);
    return this.#add(cellName({ ...cell, consumer: OTHER }), OTHER);
  }

  #add(name: string, consumer: string): string {
    this.#names.add(name);
    if (consumer !== OTHER) this.#consumers.add(consumer);
    return name;
  }
}

/** Two counts added up. */
export function sumOf(one: AccountCounts, other: AccountCounts): AccountCounts {
  const sum: Record<string, number> = { ...one };
  addCounts(sum, other);
  return sum;
}

/** Adds counts up in `sum`. */
export function addCounts(sum: Record<string, number>, more: AccountCounts): void {
  for (const name of Object.keys(more)) sum[name] = (sum[name] ?? 0) + (more[name] ?? 0);
}

/** Counts as a store keeps them: `a=12,f=3`. */
export function writeCounts(counts: AccountCounts): string {
  return Object.keys(counts)
    .toSorted()
    .map((name) => `${name}=${counts[name]}`)
    .join(",");
}

/** Reads what `writeCounts()` wrote; what is nothing of the kind counts as nothing. */
export function readCounts(text: string): AccountCounts {
  const counts: Record<string, number> = {};
  for (const [, name = "", count] of text.matchAll(/([\w.-]+)=(-?\d+)/g))
    counts[name] = Number(count);
  return counts;
}
