import type { DatabaseSync } from "node:sqlite";
import { StoreFault } from "../../ports/faults.ts";
import { isBusy } from "./open.ts";
import type { Clock } from "../../ports/clock.ts";

/** For so long work is done again, in milliseconds: as long as a reply of Redis is waited for. */
const INSIST_MS = 500;

/** Other work goes on for so long between two attempts, in milliseconds. */
const APART_MS = 10;

/** What `work` brings. @throws StoreFault where it throws. */
export function attempt<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreFault) throw error;
    throw new StoreFault(`The cache's file could not be used: ${String(error)}`, error);
  }
}

/**
 * Does `work` in one write transaction: all of it, or nothing. Deferred transactions fail with BUSY_SNAPSHOT under
 * contention; an immediate one waits its turn.
 * @throws StoreFault
 */
export function transact<Result>(database: DatabaseSync, work: () => Result): Result {
  return attempt(() => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  });
}

/**
 * Does `work`, and does it again while another process has the lock: for what must not be left undone because of
 * that. The event loop waits for one attempt at a time.
 * @throws StoreFault
 */
export async function insist(clock: Clock, work: () => void): Promise<void> {
  const end = clock.monotonic() + INSIST_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const isLocked = error instanceof StoreFault && isBusy(error.cause);
      if (!isLocked || clock.monotonic() >= end) throw error;
    }
    await clock.sleep(APART_MS, new AbortController().signal);
  }
}
