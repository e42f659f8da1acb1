import type { Writable } from "node:stream";

/** Connections whose commands of the moment are held back. */
const HELD = new WeakSet<Writable>();

/**
 * Lets everything that is sent on a connection at one moment leave in one system call, which otherwise is one for each
 * command and costs more than the rest of it. In the order in which it was sent, and before anything is waited for.
 */
export function together<Result>(connection: Writable | undefined, send: () => Result): Result {
  // ioredis has none before it connects.
  if (connection && !HELD.has(connection)) {
    HELD.add(connection);
    connection.cork();
    process.nextTick(() => {
      HELD.delete(connection);
      connection.uncork();
    });
  }
  return send();
}
