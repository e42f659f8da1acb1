import type { LedgerTerms } from "./ledger.ts";

/** Caps how many forwards run at once. The ledger counts first, so that who asks here does not wait. */
export interface Slots {
  /** Takes a slot until it is disposed of. Never rejects because of a store: then the cap is this process's own. */
  take(): Promise<Disposable>;
  /** The cap is another from now on; slots that are taken stay taken. */
  resize(terms: Pick<LedgerTerms, "concurrency" | "forwardMs">): void;
  close(): Promise<void>;
}
