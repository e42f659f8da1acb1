import { SPANS, startOf, sumOf } from "../../observe/account-buckets.ts";
import type { AccountCell, AccountCounts, Accounts } from "../../ports/accounts.ts";

/*
 * The accounts of the last quarter of an hour, read again and again at little cost: minutes that are over are read
 * once and added up once, and only the one under way and the one before it, to which other instances may still add,
 * are read each time.
 */

/** Minutes that are shown, the one under way included. */
export const MINUTES = 15;

/** Counts of some minutes: in all, and by name. */
export interface Sums {
  readonly total: AccountCounts;
  readonly consumers: ReadonlyMap<string, AccountCounts>;
  readonly routes: ReadonlyMap<string, AccountCounts>;
}

/** One minute's counts in all. */
export interface Minute {
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  readonly counts: AccountCounts;
}

/** What the minutes hold: each by itself, oldest first, and added up. */
export interface MinuteReading {
  readonly minutes: readonly Minute[];
  readonly sums: Sums;
  /** The last two minutes added up. */
  readonly recent: AccountCounts;
}

/** Reads one upstream's minutes. */
export class MinuteBook {
  readonly #accounts: Pick<Accounts, "read">;
  readonly #upstream: string;
  readonly #over = new Map<number, Sums>();
  #older: { readonly key: string; readonly sums: Sums } | undefined;

  constructor(accounts: Pick<Accounts, "read">, upstream: string) {
    this.#accounts = accounts;
    this.#upstream = upstream;
  }

  /** As of `now`, epoch milliseconds. @throws StoreFault */
  async read(now: number): Promise<MinuteReading> {
    const { ms } = SPANS.minute;
    const last = startOf("minute", now);
    const starts = Array.from({ length: MINUTES }, (_, index) => last - (MINUTES - 1 - index) * ms);
    const from = starts.find((at) => at >= last - ms || !this.#over.has(at)) ?? last;
    const found = await this.#sumsFrom(from, last + ms);
    for (const at of starts.filter((one) => one >= from)) {
      this.#over.set(at, found.get(at) ?? NOTHING);
    }
    for (const at of this.#over.keys()) if (at < (starts[0] ?? last)) this.#over.delete(at);
    const of = (at: number): Sums => this.#over.get(at) ?? NOTHING;
    const latest = addAll([of(last - ms), of(last)]);
    const older = this.#addOlder(starts.slice(0, -2), from < last - ms);
    return {
      minutes: starts.map((at) => ({ at, counts: of(at).total })),
      sums: addAll([older, latest]),
      recent: latest.total,
    };
  }

  /** Added up anew only where a minute has joined or left them. */
  #addOlder(starts: readonly number[], anew: boolean): Sums {
    const key = starts.join(" ");
    if (anew || this.#older?.key !== key) {
      this.#older = { key, sums: addAll(starts.map((at) => this.#over.get(at) ?? NOTHING)) };
    }
    return this.#older.sums;
  }

  async #sumsFrom(from: number, to: number): Promise<Map<number, Sums>> {
    const cells = new Map<number, AccountCell[]>();
    for await (const some of this.#accounts.read({
      upstream: this.#upstream,
      span: "minute",
      from,
      to,
    })) {
      for (const cell of some) {
        const same = cells.get(cell.at);
        if (same) same.push(cell);
        else cells.set(cell.at, [cell]);
      }
    }
    return new Map([...cells].map(([at, all]) => [at, sumsOf(all)]));
  }
}

const NOTHING: Sums = { total: {}, consumers: new Map(), routes: new Map() };

function sumsOf(cells: readonly AccountCell[]): Sums {
  const consumers = new Map<string, AccountCounts>();
  const routes = new Map<string, AccountCounts>();
  for (const { consumer, route, counts } of cells) {
    consumers.set(consumer, sumOf(consumers.get(consumer) ?? {}, counts));
    routes.set(route, sumOf(routes.get(route) ?? {}, counts));
  }
  return { total: [...consumers.values()].reduce(sumOf, {}), consumers, routes };
}

function addAll(all: readonly Sums[]): Sums {
  return {
    total: all.map(({ total }) => total).reduce(sumOf, {}),
    consumers: addMaps(all.map(({ consumers }) => consumers)),
    routes: addMaps(all.map(({ routes }) => routes)),
  };
}

function addMaps(
  all: readonly ReadonlyMap<string, AccountCounts>[],
): ReadonlyMap<string, AccountCounts> {
  const sum = new Map<string, AccountCounts>();
  for (const [name, counts] of all.flatMap((one) => [...one])) {
    const before = sum.get(name);
    sum.set(name, before ? sumOf(before, counts) : counts);
  }
  return sum;
}
