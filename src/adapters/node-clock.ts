import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../ports/clock.ts";

/** The process's own clocks and timers. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    // Rejects with an AbortError; the port promises the signal's own reason.
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};
