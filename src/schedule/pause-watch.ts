import type { Ledger } from "../ports/ledger.ts";

/**
 * A ledger whose pauses are told of: with their length where one begins, as far as this process hears, and with 0 where
 * it is over.
 */
export function watchPauses(ledger: Ledger, onPause: (forMs: number) => void): Ledger {
  let isPaused = false;
  return {
    async turn(report) {
      const reply = await ledger.turn(report);
      if (reply.pausedForMs > 0 !== isPaused) onPause(reply.pausedForMs);
      isPaused = reply.pausedForMs > 0;
      return reply;
    },
    pause: (report) => ledger.pause(report),
    onHint: (listener) => ledger.onHint(listener),
    leave: (process) => ledger.leave(process),
    outlook: () => ledger.outlook(),
    close: () => ledger.close(),
  };
}
