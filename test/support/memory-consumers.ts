import { FollowedConsumers } from "../../src/adapters/followed-consumers.ts";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import type { ConsumerTable, KeptConsumers } from "../../src/adapters/followed-consumers.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { ConsumerStore, StoredConsumer } from "../../src/ports/consumers.ts";

/** What the processes of a test share. */
export class SharedConsumers implements ConsumerTable {
  kept: KeptConsumers = { version: 0, gate: "never", records: [] };
  /** Thrown by every verb while it is set. */
  fault: Error | undefined;

  async version(): Promise<number> {
    this.#answer();
    return this.kept.version;
  }

  async read(): Promise<KeptConsumers> {
    this.#answer();
    return this.kept;
  }

  async write(change: Parameters<ConsumerTable["write"]>[0], expected: number): Promise<boolean> {
    this.#answer();
    const { version, records } = this.kept;
    if (version !== expected) return false;
    const others = records.filter(([name]) => name !== change.name);
    const own = change.text === undefined ? [] : [[change.name, change.text] as const];
    this.kept = { version: version + 1, gate: change.gate, records: [...others, ...own] };
    return true;
  }

  async restore(kept: KeptConsumers): Promise<void> {
    this.#answer();
    if (kept.version > this.kept.version) this.kept = kept;
  }

  #answer(): void {
    if (this.fault) throw this.fault;
  }
}

/** One process's view of them. */
export function createMemoryConsumers(
  table = new SharedConsumers(),
  { clock = nodeClock, onDamaged = () => {} }: MemoryOptions = {},
): ConsumerStore {
  return new FollowedConsumers({ table, clock, lookMs: 50, onDamaged });
}

interface MemoryOptions {
  readonly clock?: Clock;
  readonly onDamaged?: (name: string) => void;
}

/** A consumer whose key nobody knows. */
export function storedConsumer(
  name: string,
  changes: Partial<StoredConsumer> = {},
): StoredConsumer {
  return {
    name,
    keys: [{ digest: "0".repeat(64) }],
    enabled: true,
    weight: 1,
    priority: 3,
    allow: [],
    mayForce: false,
    createdAt: 1000,
    changedAt: 1000,
    ...changes,
  };
}
