import type { Clock } from "../ports/clock.ts";

/** The process's own clocks and timers. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    // Not by timers/promises, which makes an AbortError, and takes a stack, for each wait that is called off.
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    }, ms);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    return promise;
  },
};
