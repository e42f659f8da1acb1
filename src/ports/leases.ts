/**
 * Who forwards for everybody: at most one process at a time has the lease of a key. It is renewed while its
 * process lives, and runs out within two seconds when that dies or stands still.
 */
export interface Leases {
  /** The lease, or `undefined` where another process has it. @throws StoreFault */
  take(key: string): Promise<Lease | undefined>;
  /**
   * Resolves when the lease that another process has of `key` ends, or at once where nobody has it any more.
   * Rejects with the signal's reason. Loss of the store counts as `lost`.
   */
  ended(key: string, signal: AbortSignal): Promise<LeaseEnd>;
  /**
   * Called when another process takes the lease of `key`, and soon where one has it already; until disposed of. A
   * lost call costs a turn in line, never a second forward.
   */
  onTaken(key: string, listener: () => void): Disposable;
  close(): Promise<void>;
}

/** The right to forward for everybody. */
export interface Lease {
  /** Gives it back, once, and tells whoever waits how it went. Never rejects. */
  end(how: LeaseEnd): Promise<void>;
}

/**
 * `shared`: what was fetched is in the store. `alone`: it may not be shared, so everybody asks singly. `lost`: it
 * failed, or its process is gone: somebody else may try.
 */
export type LeaseEnd = "shared" | "alone" | "lost";
