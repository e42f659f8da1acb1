import type { ConsumerChange, ConsumerList, StoredConsumer } from "../ports/consumers.ts";
import type { CreateOrder, PatchOrder, RotateOrder } from "./consumer-orders.ts";

/*
 * What an order does to the list of consumers, or why it does nothing. Pure: the list and the instant are given.
 */

/** Why nothing is changed. */
export type Refusal =
  /** Somebody has this name. */
  | "taken"
  | "unknown"
  | "full"
  /** It is removed only once it is disabled. */
  | "enabled"
  | "too-many-keys"
  /** There are consumers, so that the gateway does not open. */
  | "occupied";

/** What an order comes to. */
export type Verdict = { readonly change: ConsumerChange } | { readonly refused: Refusal };

/** Consumers made at run time. */
export const MOST_CONSUMERS = 1000;

/** Keys of one consumer that are valid at once. */
export const MOST_KEYS = 5;

/** A key that nobody has seen yet: its digest, and since when it is valid in epoch milliseconds. */
export interface NewKey {
  readonly digest: string;
  readonly now: number;
}

/** Makes a consumer. */
export function create(list: ConsumerList, { name, terms }: CreateOrder, key: NewKey): Verdict {
  if (find(list, name) || list.damaged.includes(name)) return { refused: "taken" };
  if (list.consumers.length + list.damaged.length >= MOST_CONSUMERS) return { refused: "full" };
  const { digest, now } = key;
  const times = { createdAt: now, changedAt: now };
  return put({ name, keys: [{ digest }], enabled: true, ...terms, ...times });
}

/** Gives a consumer a new key. Those that it has end after the overlap, or earlier if they would have. */
export function rotate(
  list: ConsumerList,
  { name, overlapMs }: RotateOrder & { readonly name: string },
  { digest, now }: NewKey,
): Verdict {
  const consumer = find(list, name);
  if (!consumer) return { refused: "unknown" };
  const old = liveKeys(consumer, now)
    .map((key) => ({ ...key, untilAt: Math.min(key.untilAt ?? Infinity, now + overlapMs) }))
    .filter(({ untilAt }) => untilAt > now);
  if (old.length >= MOST_KEYS) return { refused: "too-many-keys" };
  return put({ ...consumer, keys: [{ digest }, ...old], changedAt: now });
}

/** Changes a consumer's terms, or disables and enables it. */
export function patch(
  list: ConsumerList,
  { name, ...order }: PatchOrder & { readonly name: string },
  now: number,
): Verdict {
  const consumer = find(list, name);
  if (!consumer) return { refused: "unknown" };
  const { maxWaitMs: waitBefore, cap: capBefore, ...rest } = consumer;
  const { maxWaitMs = waitBefore, cap = capBefore, ...changes } = order;
  const bound = typeof maxWaitMs === "number" ? { maxWaitMs } : {};
  const most = cap ? { cap } : {};
  return put({ ...rest, ...changes, ...most, ...bound, changedAt: now });
}

/** Removes a consumer that is disabled, or an entry that cannot be read. */
export function remove(list: ConsumerList, name: string): Verdict {
  const consumer = find(list, name);
  if (!consumer && !list.damaged.includes(name)) return { refused: "unknown" };
  return consumer?.enabled === true ? { refused: "enabled" } : { change: { kind: "remove", name } };
}

/** Lets everybody in again, once there are no consumers. */
export function reopen({ consumers, damaged }: ConsumerList): Verdict {
  const someone = consumers.length + damaged.length > 0;
  return someone ? { refused: "occupied" } : { change: { kind: "open" } };
}

/** The keys of a consumer that are valid, newest first. */
export function liveKeys({ keys }: StoredConsumer, now: number): StoredConsumer["keys"] {
  return keys.filter(({ untilAt = Infinity }) => untilAt > now);
}

function find({ consumers }: ConsumerList, wanted: string): StoredConsumer | undefined {
  return consumers.find(({ name }) => name === wanted);
}

function put(consumer: StoredConsumer): Verdict {
  return { change: { kind: "put", consumer } };
}
