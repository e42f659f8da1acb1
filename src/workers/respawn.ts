/** A worker that has lived this long is taken to have started well. */
export const SETTLED_MS = 10_000;

/** Deaths in a row, each soon after its start, at which nobody expects the next start to go better. */
export const MOST_DEATHS = 5;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** What a worker's end leads to. `deaths`: those in a row, this one included, for the next call. */
export type Respawn =
  | { readonly kind: "again"; readonly deaths: number; readonly afterMs: number }
  | { readonly kind: "give-up"; readonly deaths: number };

/** A worker's end. */
export interface End {
  /** From its start, in milliseconds. */
  readonly livedMs: number;
  /** Ends in a row before this one, as the last call told. */
  readonly deaths: number;
  /** Whether another worker serves. */
  readonly othersServe: boolean;
}

/**
 * Whether a worker that ended is started again, and after how long: twice as long each time that it dies early. While
 * others serve it is tried for ever, since what keeps this one from starting may be a file that somebody is mending.
 */
export function respawn({ livedMs, deaths: before, othersServe }: End): Respawn {
  const deaths = livedMs >= SETTLED_MS ? 1 : before + 1;
  if (deaths >= MOST_DEATHS && !othersServe) return { kind: "give-up", deaths };
  return {
    kind: "again",
    deaths,
    afterMs: Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (deaths - 1)),
  };
}
