/** Caps how many forwards run at once. The ledger counts first, so that work given here does not wait. */
export interface Slots {
  /** Runs `work` in a slot and resolves or rejects as it does; the slot is free again either way. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
