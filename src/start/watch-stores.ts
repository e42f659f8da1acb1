import { nodeClock } from "../adapters/node-clock.ts";
import { WatchedLedger } from "../observe/watched-ledger.ts";
import type { Stores } from "../ports/stores.ts";

/** Stores whose ledgers remember what passes through them, and these ledgers by upstream's name. */
export interface WatchedStores {
  readonly stores: Stores;
  readonly ledgers: ReadonlyMap<string, WatchedLedger>;
}

/** Lets the metrics see what the ledgers say. */
export function watchStores(stores: Stores): WatchedStores {
  const ledgers = new Map<string, WatchedLedger>();
  return {
    ledgers,
    stores: {
      ...stores,
      ledger(terms) {
        const ledger = new WatchedLedger(stores.ledger(terms), nodeClock);
        ledgers.set(terms.upstream, ledger);
        return ledger;
      },
    },
  };
}
