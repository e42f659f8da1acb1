import { StoreFault } from "../../src/ports/faults.ts";
import type { Lease, LeaseEnd, Leases } from "../../src/ports/leases.ts";

interface Holding {
  readonly holder: MemoryLeases;
  readonly ended: PromiseWithResolvers<LeaseEnd>;
}

interface Watch {
  readonly key: string;
  readonly watcher: MemoryLeases;
  readonly listener: () => void;
}

/** The memory that the leases of several processes share, as processes share a store. Nothing runs out by itself. */
export class SharedLeases {
  /** While true, nobody reaches it. */
  failing = false;
  /** While true, nobody is told of what another takes. */
  silent = false;
  readonly holdings = new Map<string, Holding>();
  readonly watches = new Set<Watch>();
  /** Words with which leases ended, in order. */
  readonly ends: LeaseEnd[] = [];

  /** The leases of one more process. */
  process(): MemoryLeases {
    return new MemoryLeases(this);
  }

  /** The store is lost: whoever waits for an end is told so. */
  lose(): void {
    this.failing = true;
    for (const key of this.holdings.keys()) this.finish(key, "lost");
  }

  /** Ends a lease and wakes those who wait for that. */
  finish(key: string, how: LeaseEnd): void {
    const holding = this.holdings.get(key);
    this.holdings.delete(key);
    this.ends.push(how);
    holding?.ended.resolve(how);
  }

  /** Tells the other processes that watch a key. */
  tell(key: string, holder: MemoryLeases): void {
    if (this.silent || this.failing) return;
    for (const watch of this.watches) {
      if (watch.key === key && watch.watcher !== holder) this.tellOf(watch);
    }
  }

  /** A call comes a little later, if it is still wanted. */
  tellOf(watch: Watch): void {
    queueMicrotask(() => {
      if (this.watches.has(watch)) watch.listener();
    });
  }
}

/** The leases of one process, shared with others in memory. */
export class MemoryLeases implements Leases {
  readonly #shared: SharedLeases;

  constructor(shared: SharedLeases) {
    this.#shared = shared;
  }

  async take(key: string): Promise<Lease | undefined> {
    const { holdings, failing } = this.#shared;
    if (failing) throw new StoreFault("the test's store does not answer");
    if (holdings.has(key)) return undefined;
    const holding = { holder: this, ended: Promise.withResolvers<LeaseEnd>() };
    holdings.set(key, holding);
    this.#shared.tell(key, this);
    return {
      end: async (how) => {
        if (holdings.get(key) === holding) this.#shared.finish(key, how);
      },
    };
  }

  async ended(key: string, signal: AbortSignal): Promise<LeaseEnd> {
    signal.throwIfAborted();
    const holding = this.#shared.holdings.get(key);
    if (!holding || this.#shared.failing) return "lost";
    const left = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => left.reject(signal.reason));
    return Promise.race([holding.ended.promise, left.promise]);
  }

  onTaken(key: string, listener: () => void): Disposable {
    const { watches, holdings, silent, failing } = this.#shared;
    const watch = { key, watcher: this, listener };
    watches.add(watch);
    const holder = holdings.get(key)?.holder;
    if (holder && holder !== this && !silent && !failing) this.#shared.tellOf(watch);
    return { [Symbol.dispose]: () => void watches.delete(watch) };
  }

  /** This process dies: the others find its leases lost, and its own watches are gone. */
  kill(): void {
    for (const [key, { holder }] of this.#shared.holdings) {
      if (holder === this) this.#shared.finish(key, "lost");
    }
    for (const watch of this.#shared.watches) {
      if (watch.watcher === this) this.#shared.watches.delete(watch);
    }
  }

  async close(): Promise<void> {
    this.kill();
  }
}
