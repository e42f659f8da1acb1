import { StoreFault } from "../ports/faults.ts";
import type { CacheStore } from "../ports/cache-store.ts";

/** Names owed at most; beyond it the oldest are given up, and the routes' lifetimes bound the staleness. */
const MOST_OWED = 10_000;

/**
 * Makes writes known to the store: every name that a write touched gets a new generation before the
 * write is answered (promise P7). While the store is out of reach names are owed, and paid before
 * anything else is invalidated or read.
 */
export class Invalidation {
  readonly #store: CacheStore;
  /** Each name, and which call owed it last. */
  readonly #owed = new Map<string, number>();
  #calls = 0;

  constructor(store: CacheStore) {
    this.#store = store;
  }

  /** Names that the store has not heard of yet. */
  get owed(): number {
    return this.#owed.size;
  }

  /** Resolves once no reader sees what was stored before; false where the store is out of reach. */
  async invalidate(names: readonly string[]): Promise<boolean> {
    this.#calls += 1;
    for (const name of names) this.#owe(name);
    return this.settle();
  }

  /** Pays what is owed; true where nothing is owed any more. */
  async settle(): Promise<boolean> {
    if (this.#owed.size === 0) return true;
    const paid = [...this.#owed];
    try {
      await this.#store.bump(paid.map(([name]) => name));
    } catch (error) {
      if (error instanceof StoreFault) return false;
      throw error;
    }
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
