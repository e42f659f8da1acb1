import { createHash, createHmac, randomBytes } from "node:crypto";
import type { ConsumerList, ConsumerTerms, StoredConsumer } from "../ports/consumers.ts";
import type { Consumer, Settings } from "../ports/settings.ts";

/** A consumer without its keys. */
export interface Identity extends ConsumerTerms {
  readonly name: string;
}

/** Whose key it is that was sent, or why it lets nobody in. */
export type Found =
  | { readonly kind: "known"; readonly consumer: Identity }
  | { readonly kind: "disabled"; readonly name: string }
  /** It was replaced by another, and its time is over. */
  | { readonly kind: "expired"; readonly name: string }
  | { readonly kind: "unknown" };

/** Who is known from the start. */
export interface Founders {
  /** Consumers of the configuration file. */
  readonly consumers: readonly Consumer[];
  /** Further keys under which one of them is known, for instance the app key while services move. */
  readonly aliases?: readonly { readonly key: string; readonly name: string }[];
}

/** An operator's errand in nobody's name weighs so much. */
const OPERATORS_WEIGHT = 1;

interface Holder {
  readonly consumer: StoredConsumer;
  readonly untilAt: number;
}

/**
 * Who has which key: consumers of the file, who change with it, and those made at run time, who come and go. Keeps
 * digests only, so that no dump of it holds a key. Where both have a name, it is the file's.
 */
export class Directory {
  /** Of this process alone, so that nobody can know the tag of a key. */
  readonly #secret = randomBytes(32);
  /** By the tags of their keys. */
  #entries: ReadonlyMap<string, Identity> = new Map();
  #founders: ReadonlyMap<string, Identity> = new Map();
  readonly #now: () => number;
  #list: ConsumerList | undefined;
  #added: ReadonlyMap<string, StoredConsumer> = new Map();
  #holders: ReadonlyMap<string, Holder> = new Map();
  /** When keys end that have not ended yet, the first one first. */
  #ends: readonly number[] = [];
  #closed = false;
  #changes = 0;

  /** `now`: epoch milliseconds, by which keys that were replaced end. */
  constructor(founders: Founders, now: () => number) {
    this.#now = now;
    this.found(founders);
  }

  /** From now on these are the consumers of the file. */
  found({ consumers, aliases = [] }: Founders): void {
    this.#changes += 1;
    const own = consumers.map(({ key, ...consumer }) => [this.#tagOf(key), consumer] as const);
    this.#founders = new Map(own.map(([, consumer]) => [consumer.name, consumer]));
    const others = aliases.flatMap(({ key, name }) => {
      const consumer = this.#founders.get(name);
      return consumer ? [[this.#tagOf(key), consumer] as const] : [];
    });
    this.#entries = new Map([...own, ...others]);
    // Whose name the file has taken, or given up, is known by it, or by the store again.
    if (this.#list) this.update(this.#list);
  }

  /**
   * True where anybody may ask: nobody is configured, nobody was ever made at run time, or the last one was removed
   * and an operator has then let everybody in again. Removing the last one alone lets nobody in.
   */
  get open(): boolean {
    return this.#founders.size === 0 && !this.#closed;
  }

  /** Of all consumers, those who are disabled included. */
  get names(): readonly string[] {
    return [...this.#founders.keys(), ...this.#added.keys()];
  }

  /**
   * The weights of all who may ever ask, together, those of operators' own requests included; 0 where that is not known,
   * since anybody may ask.
   */
  get weights(): number {
    if (this.open) return 0;
    const all = [...this.#founders.values(), ...this.#added.values()];
    return all.reduce((sum, { weight }) => sum + weight, OPERATORS_WEIGHT);
  }

  /** Grows with each change of who is let in, the end of a key included. */
  get changes(): number {
    const now = this.#now();
    while (now >= (this.#ends[0] ?? Infinity)) {
      this.#ends = this.#ends.slice(1);
      this.#changes += 1;
    }
    return this.#changes;
  }

  /** From now on these are the consumers made at run time. */
  update(list: ConsumerList): void {
    this.#list = list;
    this.#changes += 1;
    const added = list.consumers.filter(({ name }) => !this.#founders.has(name));
    this.#added = new Map(added.map((consumer) => [consumer.name, consumer]));
    this.#holders = new Map(
      added.flatMap((consumer) =>
        consumer.keys.map((key) => [key.digest, { consumer, untilAt: key.untilAt ?? Infinity }]),
      ),
    );
    const ends = added.flatMap(({ keys }) => keys.map(({ untilAt }) => untilAt ?? Infinity));
    this.#ends = ends.filter((end) => end < Infinity).toSorted((one, other) => one - other);
    this.#closed = isClosedBy(list);
  }

  /** The consumer of this name, be it disabled or not. */
  named(name: string): Identity | undefined {
    return this.#founders.get(name) ?? this.#added.get(name);
  }

  /** True where a consumer of this name is known and its keys let nobody in. */
  isDisabled(name: string): boolean {
    return this.#added.get(name)?.enabled === false;
  }

  /**
   * Whose key this is. The file's keys are chosen by people and may be short, so they are looked up by a tag that nobody
   * can know who does not know a secret of this process: the time taken tells nothing of them, however many there are.
   * Those made at run time are 256 random bits, and are looked up by digest: what the time of a look-up could tell is a
   * part of a digest, which leads to no key, and nobody can choose keys whose digests come near another's.
   */
  find(key: string): Found {
    const founder = this.#entries.get(this.#tagOf(key));
    if (founder) return { kind: "known", consumer: founder };
    const holder = this.#holders.get(digest(key).toString("hex"));
    if (!holder) return { kind: "unknown" };
    const { consumer, untilAt } = holder;
    if (!consumer.enabled) return { kind: "disabled", name: consumer.name };
    if (this.#now() >= untilAt) return { kind: "expired", name: consumer.name };
    return { kind: "known", consumer };
  }

  #tagOf(key: string): string {
    return createHmac("sha256", this.#secret).update(key).digest("base64");
  }
}

/** The consumers of the configuration, and nobody else yet. */
export function directoryOf(settings: Settings, now: () => number): Directory {
  return new Directory(foundersOf(settings), now);
}

/** Whom the configuration lets in; while services move over, the app key is one of the named consumer's. */
export function foundersOf({ acceptAppKeyAs: name, consumers, upstreams }: Settings): Founders {
  const appKeys = upstreams.flatMap(({ keys }) => keys.map(({ value }) => value));
  const aliases = name === undefined ? [] : appKeys.map((key) => ({ key, name }));
  return { consumers, aliases };
}

/** True where what the store tells keeps strangers out. An entry that cannot be read was somebody. */
export function isClosedBy({ gate, consumers, damaged }: ConsumerList): boolean {
  return gate === "closed" || consumers.length + damaged.length > 0;
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
