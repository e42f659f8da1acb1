import { Followed } from "./followed.ts";
import { readConsumer, writeConsumer } from "./consumer-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConsumerChange, ConsumerList, ConsumerStore, Gate } from "../ports/consumers.ts";

/** The list as a store keeps it. */
export interface KeptConsumers {
  readonly version: number;
  readonly gate: Gate;
  /** Name and text. */
  readonly records: readonly (readonly [string, string])[];
}

/** What a change writes. */
export interface KeptChange {
  readonly gate: Gate;
  readonly name: string;
  /** `undefined`: the entry goes; so it does where the name is empty, of which there is none. */
  readonly text: string | undefined;
}

/** A store for consumers, in the few verbs in which stores differ. @throws StoreFault, each of them. */
export interface ConsumerTable {
  version(): Promise<number>;
  read(): Promise<KeptConsumers>;
  /** True where the list had this version and has the next one now. */
  write(change: KeptChange, version: number): Promise<boolean>;
  /** Writes the whole list back where the store has an older one. */
  restore(kept: KeptConsumers): Promise<void>;
}

/** What a follower is built with. */
export interface FollowedOptions {
  readonly table: ConsumerTable;
  readonly clock: Clock;
  /** How often the version is looked at, in milliseconds. */
  readonly lookMs: number;
  /** Told once of each entry that cannot be read. */
  readonly onDamaged: (name: string) => void;
}

const NOTHING: KeptConsumers = { version: 0, gate: "never", records: [] };

/**
 * The list of one process, kept up by looking at its version again and again. A store that has forgotten (a Redis
 * that came back empty, from an old snapshot or as a replica that lagged) is told what this process knows: the
 * version only rises, so the higher one is the later one, and a gateway that was closed does not open by a loss.
 */
export class FollowedConsumers implements ConsumerStore {
  readonly #options: FollowedOptions;
  readonly #followed: Followed<ConsumerList>;
  readonly #reported = new Set<string>();
  #kept = NOTHING;
  #known: ConsumerList = { version: 0, gate: "never", consumers: [], damaged: [] };

  constructor(options: FollowedOptions) {
    this.#options = options;
    this.#followed = new Followed({ ...options, look: () => this.look() });
  }

  get known(): ConsumerList {
    return this.#known;
  }

  async list(): Promise<ConsumerList> {
    const { table } = this.#options;
    const kept = await table.read();
    if (kept.version < this.#kept.version) await table.restore(this.#kept);
    else this.#take(kept);
    return this.#known;
  }

  async change(change: ConsumerChange, version: number): Promise<boolean> {
    const done = await this.#options.table.write(keptChange(change), version);
    await this.list();
    return done;
  }

  /** Looks now, since something has been heard of. Never rejects: what fails is made good by the next look. */
  async look(): Promise<void> {
    try {
      if ((await this.#options.table.version()) !== this.#kept.version) await this.list();
    } catch {
      // The store is away; what is known goes on being used.
    }
  }

  onChanged(listener: (list: ConsumerList) => void): Disposable {
    return this.#followed.onChanged(listener);
  }

  close(): Promise<void> {
    return this.#followed.close();
  }

  #take(kept: KeptConsumers): void {
    // Two readings may overtake each other.
    if (kept.version <= this.#kept.version) return;
    this.#kept = kept;
    const read = kept.records
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, text]) => ({ name, consumer: readConsumer(name, text) }));
    const damaged = read.flatMap(({ name, consumer }) => (consumer ? [] : [name]));
    this.#report(damaged);
    this.#known = {
      version: kept.version,
      gate: kept.gate,
      consumers: read.flatMap(({ consumer }) => consumer ?? []),
      damaged,
    };
    this.#followed.tell(this.#known);
  }

  #report(damaged: readonly string[]): void {
    for (const name of damaged) {
      if (this.#reported.has(name)) continue;
      this.#reported.add(name);
      this.#options.onDamaged(name);
    }
  }
}

function keptChange(change: ConsumerChange): KeptChange {
  if (change.kind === "open") return { gate: "opened", name: "", text: undefined };
  if (change.kind === "remove") return { gate: "closed", name: change.name, text: undefined };
  const { consumer } = change;
  return { gate: "closed", name: consumer.name, text: writeConsumer(consumer) };
}

/** Tells of an entry that cannot be read; its name is quoted, since it may be anything. */
export function damagedConsumer(onTrouble: (what: string) => void): (name: string) => void {
  return (name) =>
    onTrouble(
      `A consumer in the store cannot be read and counts as nobody: ${JSON.stringify(name.slice(0, 64))}`,
    );
}
