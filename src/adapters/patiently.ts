import { StoreFault } from "../ports/faults.ts";
import type { Clock } from "../ports/clock.ts";

/** How long a store may be in between two states at the start, as during a fail-over, in milliseconds. */
export const START_MS = 10_000;

/** How long to wait before a store is asked again, in milliseconds. */
const AGAIN_MS = 200;

/** What `ask` brings; where the store fails it is asked again, for `START_MS` in all. @throws StoreFault, the last one. */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  clock: Pick<Clock, "monotonic" | "sleep">,
): Promise<Answer> {
  const until = clock.monotonic() + START_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreFault) || clock.monotonic() >= until) throw error;
    }
    await clock.sleep(AGAIN_MS, new AbortController().signal);
  }
}
