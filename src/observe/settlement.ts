import { SPANS, startOf } from "./account-buckets.ts";
import { borrowedOf } from "./borrowed.ts";
import type { AccountCell, Accounts } from "../ports/accounts.ts";
import type { Clock } from "../ports/clock.ts";

/*
 * Each minute is settled once it is over and everybody has handed in what happened in it: what was borrowed is added to
 * its counts, in a batch whose number is the minute's. Every instance settles every minute, and the store adds the
 * first such batch and no other; so a minute is settled once, whoever lives to do it. What an instance hands in later,
 * since its store was away, is settled no more.
 */

/** In whose name minutes are settled: the same for all instances, so that the store knows what it has already. */
const SETTLER = "settlement";

/** After the end of a minute: instances hand in once a second. */
const AFTER_MS = 15_000;

/** Minutes that were not settled while no instance ran are made up for, this far back. */
const BACK_MS = 3_600_000;

/** What the settlement of one process is built with. */
export interface SettlementParts {
  readonly store: Accounts;
  readonly clock: Clock;
  readonly upstreams: readonly { readonly name: string; readonly unitsAMinute: number }[];
}

/** Settles the minutes of the accounts, until it is closed. */
export class Settlement {
  readonly #parts: SettlementParts;
  readonly #closed = new AbortController();
  /** By upstream: the beginning of the first minute that is not settled yet. */
  readonly #next = new Map<string, number>();
  #running: Promise<void>;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** What is under way ends first. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#settleAll();
      const end = startOf("minute", clock.now() - AFTER_MS) + SPANS.minute.ms;
      await clock.sleep(end + AFTER_MS - clock.now(), signal).catch(() => {});
    }
  }

  async #settleAll(): Promise<void> {
    const to = startOf("minute", this.#parts.clock.now() - AFTER_MS);
    for (const upstream of this.#parts.upstreams) {
      const from = Math.max(this.#next.get(upstream.name) ?? 0, to - BACK_MS);
      try {
        await this.#settle(upstream, from, to);
        this.#next.set(upstream.name, to);
      } catch {
        // It is made up for a minute later; that the store is away, the bookkeeping says.
      }
    }
  }

  async #settle(
    { name, unitsAMinute }: SettlementParts["upstreams"][number],
    from: number,
    to: number,
  ): Promise<void> {
    for (const [at, minute] of await this.#read(name, from, to)) {
      const cells = borrowedOf(minute, unitsAMinute);
      const sequence = at / SPANS.minute.ms;
      const batch = { upstream: name, process: SETTLER, sequence, cells };
      if (cells.length > 0) await this.#parts.store.add(batch);
    }
  }

  /** The minutes with something in them, in their order. */
  async #read(upstream: string, from: number, to: number): Promise<[number, AccountCell[]][]> {
    const minutes = new Map<number, AccountCell[]>();
    const query = { upstream, span: "minute", from, to } as const;
    for await (const cells of this.#parts.store.read(query)) {
      for (const cell of cells) {
        const minute = minutes.get(cell.at) ?? [];
        minutes.set(cell.at, minute);
        minute.push(cell);
      }
    }
    return [...minutes].toSorted(([one], [another]) => one - another);
  }
}
