import type { Accounts } from "./accounts.ts";
import type { CacheStore } from "./cache-store.ts";
import type { ConsumerStore } from "./consumers.ts";
import type { Leases } from "./leases.ts";
import type { Ledger, LedgerTerms } from "./ledger.ts";
import type { LessonStore } from "./lessons.ts";
import type { Slots } from "./slots.ts";

/** All that is kept outside of a process, or shared with others: one provider for Redis, one embedded. */
export interface Stores {
  /** Which provider it is, for logs and the status. */
  readonly kind: "redis" | "embedded";
  readonly cache: CacheStore;
  /** One forward a key over all processes. */
  readonly leases: Leases;
  readonly accounts: Accounts;
  /** Consumers made at run time. */
  readonly consumers: ConsumerStore;
  ledger(terms: LedgerTerms): Ledger;
  /** What was learned of an upstream. */
  lessons(upstream: string): LessonStore;
  slots(terms: LedgerTerms): Slots;
  close(): Promise<void>;
}

/** What a provider is opened with. */
export interface StoresOptions {
  /** Told of trouble that mends itself: lost connections, damaged records. */
  readonly onTrouble: (what: string, error?: unknown) => void;
}
