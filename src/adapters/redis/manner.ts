/*
 * How long anybody waits for Redis, whatever it is made of.
 */

/** No command takes longer than this, in milliseconds. */
export const COMMAND_MS = 500;

/** Bounds of every connection, as options of ioredis. */
export const BOUNDS = {
  commandTimeout: COMMAND_MS,
  connectTimeout: 2000,
  /** A connection on which nothing was heard for this long while an answer was due is given up. */
  socketTimeout: 2000,
  maxRetriesPerRequest: 0,
} as const;

/** A Redis that is back is found within this long, as each instance waits for the others to find it. */
const LONGEST_RETRY_MS = 200;

/** How long to wait before the next attempt to connect, in milliseconds; the first has number 1. */
export function retryDelayMs(attempt: number): number {
  return Math.min(50 * attempt, LONGEST_RETRY_MS);
}
