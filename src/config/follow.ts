import type { Clock } from "../ports/clock.ts";

/** What is looked at, and how often. */
export interface Following {
  /** What stands there now; `undefined` where it cannot be read. */
  readonly read: () => Promise<string | undefined>;
  readonly clock: Pick<Clock, "sleep">;
  readonly everyMs: number;
}

/**
 * Tells of each change of a content, once it has stood for a whole look: editors write in pieces or put another file
 * in its place, and a mounted ConfigMap swaps a symbolic link two levels above, so that the content is looked at rather than
 * the file watched. What cannot be read is no change. Resolves when the signal aborts.
 */
export async function follow(
  { read, clock, everyMs }: Following,
  onChange: () => void,
  signal: AbortSignal,
): Promise<void> {
  let known = await read();
  let last = known;
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => {});
    if (signal.aborted) return;
    const seen = await read();
    const settled = seen === last;
    last = seen;
    if (!settled || seen === undefined || seen === known) continue;
    known = seen;
    onChange();
  }
}
