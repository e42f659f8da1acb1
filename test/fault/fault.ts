import type { Random } from "./seeded.ts";
import type { RedisWorld, StoreWorld } from "./stores.ts";
import type { World } from "./world.ts";

/** Something that goes wrong for a while. */
export interface Fault {
  /** As the table names it. */
  readonly name: string;
  /** The stores on which it can happen. */
  readonly on: readonly StoreWorld["kind"][];
  /** From its beginning to its end; 0 where it is over as soon as it has begun. */
  readonly holdMs: number;
  /** For so long after its end what it explains may still be seen. */
  readonly afterMs: number;
  /** Problem types that tell the truth while it lasts. */
  readonly problems: readonly string[];
  /** Answers may break off, since the upstream's do. */
  readonly breaks?: boolean;
  /** The upstream itself answers with failures, or with bodies that are not the application's. */
  readonly odd?: boolean;
  /** Begins; what it returns ends it. */
  begin(world: World, random: Random): Promise<() => Promise<void>>;
}

/** On every store. */
export const EVERYWHERE = ["embedded", "redis", "sentinel", "cluster"] as const;

/** Ends a fault that has nothing to end. */
export async function over(): Promise<void> {
  await Promise.resolve();
}

/** One of the list. @throws Error where it is empty. */
export function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}

/** The store of a world, where it is made of Redis servers. @throws Error elsewhere. */
export function redisOf({ store }: World): RedisWorld {
  if (store.kind === "embedded") throw new Error("This fault is for Redis.");
  return store;
}

/** Resolves after so many milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Does something again and again until it is told to stop; what fails is tried again. */
export function again(everyMs: number, perform: () => Promise<unknown>): () => Promise<void> {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await perform().catch(() => {});
      await delay(everyMs);
    }
  })();
  return async () => {
    stopping.abort();
    await loop;
  };
}
