import type { Consumer } from "./settings.ts";

/** What a consumer may do, wherever it is defined. */
export type ConsumerTerms = Omit<Consumer, "name" | "key">;

/** One key of a consumer. The key itself is kept nowhere. */
export interface StoredKey {
  /** SHA-256 of the key, hexadecimal, lower case. */
  readonly digest: string;
  /** Epoch milliseconds from which it is no longer valid; absent: it has no end. */
  readonly untilAt?: number;
}

/** A consumer that was made at run time. */
export interface StoredConsumer extends ConsumerTerms {
  readonly name: string;
  /** Newest first; at least one. */
  readonly keys: readonly StoredKey[];
  /** False: its keys are refused. */
  readonly enabled: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly changedAt: number;
}

/**
 * `never`: no consumer was ever made, as far as the store knows. `closed`: one was, so that strangers stay out even
 * when the last one is removed. `opened`: an operator has let everybody in again.
 */
export type Gate = "never" | "closed" | "opened";

/** All consumers of the store at one moment. */
export interface ConsumerList {
  /** Rises by one with each change; 0: there was none. */
  readonly version: number;
  readonly gate: Gate;
  /** By name. */
  readonly consumers: readonly StoredConsumer[];
  /** Names of entries that cannot be read; they count as nobody. */
  readonly damaged: readonly string[];
}

/** One change of the list. Who puts a consumer closes the gate with it. */
export type ConsumerChange =
  | { readonly kind: "put"; readonly consumer: StoredConsumer }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "open" };

/**
 * Consumers made at run time, the same for all processes that share the store. Each process knows of a change within
 * a second, or as soon as it reaches the store again; until then it goes on with what it knows.
 */
export interface ConsumerStore {
  /** The list as this process knows it. Does no I/O. */
  readonly known: ConsumerList;
  /** Reads the list, which is then what is known. @throws StoreFault. */
  list(): Promise<ConsumerList>;
  /**
   * Changes the list if it still has this version: true, and the new list is known here before this resolves. False:
   * it has changed meanwhile, and nothing was done. @throws StoreFault: it may have been done or not.
   */
  change(change: ConsumerChange, version: number): Promise<boolean>;
  /** Calls `listener` with each list that differs from the last one known, until disposed of. */
  onChanged(listener: (list: ConsumerList) => void): Disposable;
  /** Follows no more; the connection stays the caller's to end. */
  close(): Promise<void>;
}
