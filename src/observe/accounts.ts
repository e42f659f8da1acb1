import { randomUUID } from "node:crypto";
import { addCounts, startOf, cellName } from "./account-buckets.ts";
import { countsOfBackground, countsOfHits, countsOfRecord } from "./account-counts.ts";
import type { AccountBatch, AccountCell, AccountQuery, Accounts } from "../ports/accounts.ts";
import type { Clock } from "../ports/clock.ts";
import type { AccessRecord, HitKind } from "./access-record.ts";
import type { BackgroundCost } from "./counts.ts";

/*
 * What one process has to add to the accounts. It is kept by minute and handed to the store once a second, in batches
 * with numbers. A batch that may or may not have arrived is handed in again as it was, before anything else, until the
 * store says that it has it: the store adds no number twice. So nothing is lost while the store is away, and nothing
 * counts twice; up to the bound below.
 */

/** Between two flushes. */
const FLUSH_MS = 1000;

/** Cells in one batch, which the store adds in one go. */
const BATCH = 100;

/** Batches of one upstream in one flush: what piled up while the store was away goes in the end, not at once. */
const BATCHES = 10;

/** Cells of one upstream that wait for the store, about 6 MB; what would need a further one is not accounted. */
const MOST_WAITING = 20_000;

/** A batch in doubt is given up after this long, well before the store forgets whether it has it. */
const GIVE_UP_MS = 86_400_000;

/** Failures in a row from which on one is told: a lock that was held for a moment is none of anybody's business. */
const TOLD_FROM = 3;

/** As whom requests are accounted that no consumer or no upstream could be found for. */
export const NOBODY = "(none)";

/** What the bookkeeping of one process is built with. */
export interface BookkeepingParts {
  readonly store: Accounts;
  readonly clock: Clock;
  /** Told when the store is lost, when it is back, and when something could not be kept. */
  readonly onTrouble: (what: string, error?: unknown) => void;
}

interface Waiting {
  sequence: number;
  /** The batch that is on its way, and since when (monotonic). */
  batch: { readonly content: AccountBatch; readonly since: number } | undefined;
  /** By minute and name. */
  readonly cells: Map<string, WaitingCell>;
}

/** Added to in place, until it goes into a batch. */
interface WaitingCell extends AccountCell {
  readonly counts: Record<string, number>;
}

/** Keeps the accounts of one process until the store has them. */
export class Bookkeeping {
  readonly #parts: BookkeepingParts;
  readonly #process = randomUUID();
  readonly #upstreams = new Map<string, Waiting>();
  readonly #closed = new AbortController();
  #flushed: Promise<void> = Promise.resolve();
  #failures = 0;
  #lost = 0;

  constructor(parts: BookkeepingParts) {
    this.#parts = parts;
    void this.#flushRegularly();
  }

  /** What waits for the store, in cells, and how many exchanges could not be kept since the start. */
  get outlook(): { readonly waiting: number; readonly lost: number } {
    const waiting = [...this.#upstreams.values()].map(
      ({ cells, batch }) => cells.size + (batch?.content.cells.length ?? 0),
    );
    return { waiting: waiting.reduce((sum, one) => sum + one, 0), lost: this.#lost };
  }

  /** Adds an exchange that has ended, in the minute in which it did. */
  add(record: AccessRecord): void {
    const { upstream = NOBODY, consumer = NOBODY, route = NOBODY } = record;
    this.#add(upstream, { consumer, route, counts: countsOfRecord(record) });
  }

  /** Adds so many requests that were answered from store just now, fresh and whole. */
  addHits({ upstream, consumer, route }: HitKind, hits: number): void {
    this.#add(upstream, { consumer, route, counts: countsOfHits(hits) });
  }

  /** Adds what was sent in the background, on account of somebody who has been answered already. */
  addBackground({ upstream, consumer, route, ...cost }: BackgroundCost): void {
    const counts = countsOfBackground(cost);
    if (Object.keys(counts).length > 0) this.#add(upstream, { consumer, route, counts });
  }

  /** The instant by which minutes and hours are told, in epoch milliseconds. */
  now(): number {
    return this.#parts.clock.now();
  }

  /**
   * What all processes have handed in, this one's newest included; the others' last second may be missing.
   * @throws StoreFault
   */
  async *read(query: AccountQuery): AsyncGenerator<readonly AccountCell[]> {
    await this.flush();
    yield* this.#parts.store.read(query);
  }

  /** Resolves once what was added before has been handed to the store, or could not be. Never rejects. */
  flush(): Promise<void> {
    this.#flushed = this.#flushed.then(() => this.#flushAll(BATCHES));
    return this.#flushed;
  }

  /** Hands in what is left. The store must be open until then. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#flushed;
    await this.#flushAll(MOST_WAITING);
    const { waiting } = this.outlook;
    if (waiting > 0) this.#parts.onTrouble("The accounts of the last while could not be kept");
  }

  #add(upstream: string, cell: Omit<AccountCell, "at">): void {
    const waiting = this.#upstreams.get(upstream) ?? {
      sequence: 0,
      batch: undefined,
      cells: new Map(),
    };
    this.#upstreams.set(upstream, waiting);
    const at = startOf("minute", this.now());
    const name = `${at}\n${cellName(cell)}`;
    const before = waiting.cells.get(name);
    if (!before && waiting.cells.size >= MOST_WAITING) {
      this.#lose(1);
      return;
    }
    if (before) addCounts(before.counts, cell.counts);
    else waiting.cells.set(name, { ...cell, at, counts: { ...cell.counts } });
  }

  async #flushRegularly(): Promise<void> {
    const { signal } = this.#closed;
    for (;;) {
      await this.#parts.clock.sleep(FLUSH_MS, signal).catch(() => {});
      if (signal.aborted) return;
      await this.flush();
    }
  }

  async #flushAll(batches: number): Promise<void> {
    for (const [upstream, waiting] of this.#upstreams) {
      for (let count = 0; count < batches; count += 1) {
        const added = await this.#flushOne(upstream, waiting);
        if (!added) break;
      }
    }
  }

  /** False: there was nothing, or the store is out of reach. */
  async #flushOne(upstream: string, waiting: Waiting): Promise<boolean> {
    const { clock, store } = this.#parts;
    waiting.batch ??= this.#nextBatch(upstream, waiting);
    if (!waiting.batch) return false;
    const { content, since } = waiting.batch;
    try {
      await store.add(content);
      waiting.batch = undefined;
      this.#well();
      return true;
    } catch (error) {
      this.#trouble(error);
      if (clock.monotonic() - since > GIVE_UP_MS) {
        waiting.batch = undefined;
        this.#lose(content.cells.length);
      }
      return false;
    }
  }

  #nextBatch(upstream: string, waiting: Waiting): Waiting["batch"] {
    const next = [...waiting.cells.entries().take(BATCH)];
    if (next.length === 0) return undefined;
    for (const [name] of next) waiting.cells.delete(name);
    waiting.sequence += 1;
    const { sequence } = waiting;
    const cells = next.map(([, cell]) => cell);
    const content = { upstream, process: this.#process, sequence, cells };
    return { content, since: this.#parts.clock.monotonic() };
  }

  #trouble(error: unknown): void {
    this.#failures += 1;
    if (this.#failures !== TOLD_FROM) return;
    this.#parts.onTrouble("The accounts cannot be kept for now; they are added later", error);
  }

  #well(): void {
    if (this.#failures >= TOLD_FROM) this.#parts.onTrouble("The accounts are kept again");
    this.#failures = 0;
  }

  /** In exchanges, or cells of them. */
  #lose(count: number): void {
    if (this.#lost === 0) {
      const what = "The store has been away for so long that exchanges are missing in the accounts";
      this.#parts.onTrouble(what);
    }
    this.#lost += count;
  }
}
