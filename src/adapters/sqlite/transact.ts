import type { DatabaseSync } from "node:sqlite";
import { StoreFault } from "../../ports/faults.ts";

/** What `work` brings. @throws StoreFault where it throws. */
export function attempt<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreFault) throw error;
    throw new StoreFault(`The store's file could not be used: ${String(error)}`, error);
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
