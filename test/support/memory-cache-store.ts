import { StoreFault } from "../../src/ports/faults.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";
import type { CacheReading, CacheStore } from "../../src/ports/cache-store.ts";

/** A CacheStore in memory that can be out of reach. Nothing in it runs out. */
export class MemoryCacheStore implements CacheStore {
  /** While true every call fails. */
  failing = false;
  /** What the last write asked to be kept for. */
  keptMs: number | undefined;
  /** What the last write was kept under. */
  lastKey = "";
  readonly #variants = new Map<string, Map<string, StoredResponse>>();
  readonly #generations = new Map<string, string>();
  #bumps = 0;

  async read(key: string, names: readonly string[]): Promise<CacheReading> {
    this.#reach();
    const variants = [...(this.#variants.get(key)?.values() ?? [])];
    return { variants, generations: names.map((name) => this.#generations.get(name) ?? "") };
  }

  async write(key: string, response: StoredResponse, keepMs: number): Promise<void> {
    this.#reach();
    this.keptMs = keepMs;
    this.lastKey = key;
    const variants = this.#variants.get(key) ?? new Map<string, StoredResponse>();
    this.#variants.set(key, variants.set(response.variant, response));
  }

  async remove(key: string): Promise<void> {
    this.#reach();
    this.#variants.delete(key);
  }

  async bump(names: readonly string[]): Promise<void> {
    this.#reach();
    for (const name of names) this.#generations.set(name, `generation-${(this.#bumps += 1)}`);
  }

  async close(): Promise<void> {}

  #reach(): void {
    if (this.failing) throw new StoreFault("the test's store does not answer");
  }
}
