import { StoreFault } from "../../src/ports/faults.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";
import type {
  CacheReading,
  CacheStore,
  CacheUsage,
  Generation,
  Mark,
} from "../../src/ports/cache-store.ts";

/** A CacheStore in memory that can be out of reach. Nothing in it runs out. */
export class MemoryCacheStore implements CacheStore {
  /** While true every call fails. */
  failing = false;
  /** What the last write asked to be kept for. */
  keptMs: number | undefined;
  /** What the last write was kept under. */
  lastKey = "";
  /** What was marked, bumped and taken back, in order. */
  readonly calls: string[] = [];
  readonly #variants = new Map<string, Map<string, StoredResponse>>();
  readonly #hard = new Map<string, string>();
  readonly #soft = new Map<string, string>();
  readonly #writers = new Map<string, Set<string>>();
  readonly #held = new Map<string, CacheReading>();
  #bumps = 0;

  async read(key: string, names: readonly string[]): Promise<CacheReading> {
    const generations = await this.generations(names);
    const reading = { variants: [...(this.#variants.get(key)?.values() ?? [])], generations };
    this.#held.set(key, reading);
    return reading;
  }

  async generations(names: readonly string[]): Promise<readonly Generation[]> {
    this.#reach();
    return names.map((name) => ({
      name,
      hard: this.#hard.get(name) ?? "",
      soft: this.#soft.get(name) ?? "",
      pending: (this.#writers.get(name)?.size ?? 0) > 0,
    }));
  }

  held(key: string): CacheReading | undefined {
    return this.#held.get(key);
  }

  glance(): (reading: CacheReading) => boolean {
    return () => false;
  }

  async confirm(_reading: CacheReading): Promise<boolean> {
    return false;
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

  async mark({ writer, names }: Mark): Promise<void> {
    this.#reach();
    this.calls.push(`mark ${names.join()}`);
    for (const name of names) {
      this.#writers.set(name, (this.#writers.get(name) ?? new Set()).add(writer));
    }
  }

  async unmark({ writer, names }: Pick<Mark, "writer" | "names">): Promise<void> {
    this.#reach();
    this.calls.push(`unmark ${names.join()}`);
    for (const name of names) this.#writers.get(name)?.delete(writer);
  }

  async bump(names: readonly string[], kind: "hard" | "soft"): Promise<void> {
    this.#reach();
    this.calls.push(`bump ${kind} ${names.join()}`);
    const generations = kind === "hard" ? this.#hard : this.#soft;
    for (const name of names) generations.set(name, `generation-${(this.#bumps += 1)}`);
  }

  async usage(): Promise<CacheUsage> {
    return { responses: 0, bytes: 0 };
  }

  async close(): Promise<void> {}

  #reach(): void {
    if (this.failing) throw new StoreFault("the test's store does not answer");
  }
}
