/*
 * Preloaded into a process: now and then its event loop stands still for a second.
 */
const EVERY_MS = 2_500;
const BLOCKED_MS = 1_000;

setInterval(() => {
  const until = performance.now() + BLOCKED_MS;
  while (performance.now() < until);
}, EVERY_MS).unref();
