import { isDone } from "../ports/faults.ts";
import type { CacheStore, Mark } from "../ports/cache-store.ts";
import type { Clock } from "../ports/clock.ts";

/** Names owed at most; beyond it the oldest are given up, and the routes' lifetimes bound the staleness. */
const MOST_OWED = 10_000;

/** How often it is looked whether something is owed, in milliseconds. */
const PAY_MS = 250;

/** How a write came out. */
export interface Outcome {
  /** All that it may have changed; empty: it was refused before it could change anything. */
  readonly touched: readonly string[];
  /** False: the upstream may yet act on it, so what is fetched for a while is not stored. */
  readonly known: boolean;
}

/**
 * Makes writes known to the store (promise P7). Before a write is sent its names are marked, so that nothing
 * fetched meanwhile is stored, and so that they are invalidated even if this process dies. Before it is answered
 * every name that it touched gets a new generation. While the store is out of reach names are owed, and paid
 * before anything else is invalidated or read, and in any case soon after it is back: other processes that reach it
 * answer from before the write until then.
 */
export class Invalidation {
  readonly #store: CacheStore;
  /** Each name, and which call owed it last. */
  readonly #owed = new Map<string, number>();
  #calls = 0;
  /** Under way: of all that was owed after so many calls. */
  #payment: { readonly calls: number; readonly paid: Promise<boolean> } | undefined;

  constructor(store: CacheStore) {
    this.#store = store;
  }

  /** Names that the store has not heard of yet. */
  get owed(): number {
    return this.#owed.size;
  }

  /** A write is about to be sent. Where the store is out of reach, its end alone is told. */
  async announce(mark: Mark): Promise<void> {
    if (mark.names.length > 0) await isDone(this.#store.mark(mark));
  }

  /** A write has ended; resolves once no reader sees what was stored before, or the store is out of reach. */
  async conclude(mark: Mark, { touched, known }: Outcome): Promise<void> {
    const told = await this.invalidate(touched);
    if (mark.names.length === 0) return;
    if (!known) await isDone(this.#store.mark(mark));
    // The write has been told of: its mark may go while the client is answered. Where it has not, the mark is left:
    // it runs out, and invalidates even if this process dies.
    else if (told) this.#store.unmark(mark).catch(() => {});
  }

  /** Resolves once no reader sees what was stored before; false where the store is out of reach. */
  async invalidate(names: readonly string[]): Promise<boolean> {
    this.#calls += 1;
    for (const name of names) this.#owe(name);
    return this.settle();
  }

  /** Pays what is owed; true where nothing is owed any more. Whoever asks for the same meanwhile shares the payment. */
  settle(): Promise<boolean> {
    if (this.#owed.size === 0) return Promise.resolve(true);
    if (this.#payment?.calls === this.#calls) return this.#payment.paid;
    const payment = { calls: this.#calls, paid: this.#pay() };
    this.#payment = payment;
    const over = (): void => {
      if (this.#payment === payment) this.#payment = undefined;
    };
    payment.paid.then(over, over);
    return payment.paid;
  }

  /** Pays what is owed as soon as the store is back, whether anybody asks or not. Resolves once the signal aborts. */
  async keepPaying(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // What fails stays owed.
      await this.settle().catch(() => {});
      await clock.sleep(PAY_MS, signal).catch(() => {});
    }
  }

  async #pay(): Promise<boolean> {
    const paid = [...this.#owed];
    const names = paid.map(([name]) => name);
    if (!(await isDone(this.#store.bump(names, "hard")))) return false;
    for (const [name, call] of paid) {
      // A write that came meanwhile owes the name anew, and its own bump may yet fail.
      if (this.#owed.get(name) === call) this.#owed.delete(name);
    }
    return true;
  }

  #owe(name: string): void {
    // Taken out and put in again, so that the newest are last.
    this.#owed.delete(name);
    this.#owed.set(name, this.#calls);
    if (this.#owed.size > MOST_OWED) this.#owed.delete(this.#owed.keys().next().value ?? "");
  }
}
