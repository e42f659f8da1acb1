import { isDone } from "../ports/faults.ts";
import type { CacheStore } from "../ports/cache-store.ts";

/** What an operator wants gone of one upstream; paths and prefixes are canonical and stand below the mount. */
export type PurgeOrder = { readonly upstream: string } & (
  | { readonly by: "url"; readonly path: string }
  | { readonly by: "prefix"; readonly prefix: string }
  | { readonly by: "group"; readonly group: string }
  | { readonly by: "everything" }
);

/** `hard`: it is not there any more. `soft`: it is stale, and still of use where staleness is allowed. */
export type PurgeKind = "hard" | "soft";

/** How the names are built that stored responses depend on. */
export interface NameBuilders {
  pathName(upstream: string, path: string): string;
  /** Of `/` and each path's every prefix that ends at a segment. */
  prefixName(upstream: string, prefix: string): string;
  groupName(upstream: string, group: string): string;
}

/** Orders carried out since the start of this process. */
export type PurgeCounts = Readonly<Record<PurgeKind, Readonly<Record<PurgeOrder["by"], number>>>>;

/** The names whose generations an order changes. A path's name covers all queries, and each of their variants. */
export function purgeNames(order: PurgeOrder, builders: NameBuilders): readonly string[] {
  const { upstream } = order;
  switch (order.by) {
    case "url":
      return [builders.pathName(upstream, order.path)];
    case "prefix":
      return [builders.prefixName(upstream, order.prefix)];
    case "group":
      return [builders.groupName(upstream, order.group)];
    case "everything":
      return [builders.prefixName(upstream, "/")];
    default:
      return order satisfies never;
  }
}

/** Carries purges out, over all instances, and counts them. */
export class Purging {
  readonly #store: Pick<CacheStore, "bump">;
  readonly #builders: NameBuilders;
  readonly #counts = { hard: zero(), soft: zero() };

  constructor(store: Pick<CacheStore, "bump">, builders: NameBuilders) {
    this.#store = store;
    this.#builders = builders;
  }

  get counts(): PurgeCounts {
    return this.#counts;
  }

  /**
   * Resolves with true once no reader in any process sees what was purged. False where the store is out of reach:
   * then nothing is promised, and unlike a write's it is not owed, since an operator can order it again.
   */
  async purge(order: PurgeOrder, kind: PurgeKind): Promise<boolean> {
    const done = await isDone(this.#store.bump(purgeNames(order, this.#builders), kind));
    if (done) this.#counts[kind][order.by] += 1;
    return done;
  }
}

function zero(): Record<PurgeOrder["by"], number> {
  return { url: 0, prefix: 0, group: 0, everything: 0 };
}
