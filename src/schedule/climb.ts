import type { Climb } from "./lessons.ts";

/*
 * Feeling for a limit that nobody tells. A refusal lowers it to what was answered. It is raised only while it binds,
 * a whole window after it fell: by a little first, then by twice as much with each window that stands (slow start). A
 * refusal on the way falls back to the last limit that stood, and the next trial waits twice as long, three windows
 * at most: so a limit that was lowered by 40 % is found again within nine windows, and one that stays low costs one
 * refusal in four windows or more.
 */

/** No trial waits for more windows than this. */
const MOST_PATIENCE = 3;

/** The first trial is this part of the ceiling. */
const FIRST_STEP = 0.02;

/** A refusal at such a part of the last good limit or above is what the trial brought. */
const AT_GOOD = 0.95;

/** True while a limit above the last one that stood is being tried. */
export function isTrying({ limit, good }: Climb): boolean {
  return limit > good;
}

/** True where a refusal at so many answered units is the trial's own doing. */
export function wasTried(climb: Climb, units: number): boolean {
  return isTrying(climb) && units >= climb.good * AT_GOOD;
}

/** A limit that falls again within one window falls to this part of itself at least: what takes it away is still growing. */
const STEEP = 0.6;

/** A refusal, as it moves a limit. */
export interface Fall {
  /** Units that were answered. */
  readonly units: number;
  /** No limit is lower. */
  readonly floor: number;
  readonly now: number;
  readonly windowMs: number;
}

/** A refusal has shown that so many units are not allowed. */
export function fall<Kind extends Climb>(climb: Kind, { units, floor, now, windowMs }: Fall): Kind {
  const trying = isTrying(climb);
  const since = now - climb.changedAt;
  const again = !trying && since >= 0 && since < windowMs;
  const most = trying ? climb.good : again ? Math.floor(climb.limit * STEEP) : climb.limit - 1;
  const shown = Math.min(Math.floor(units), most);
  const limit = Math.max(floor, shown);
  const patience = trying ? Math.min(MOST_PATIENCE, climb.patience * 2) : 1;
  return { ...climb, limit, good: limit, step: 0, patience, changedAt: now };
}

/** True where the next trial may begin, provided that the limit binds. A clock that was set back counts as waiting's end. */
export function isDue(climb: Climb, now: number, windowMs: number): boolean {
  const windows = isTrying(climb) ? 1 : climb.patience;
  const since = now - climb.changedAt;
  return since >= windows * windowMs || since < 0;
}

/** Tries a higher limit: what stood until now is good. */
export function rise<Kind extends Climb>(climb: Kind, ceiling: number, now: number): Kind {
  const step = Math.max(1, climb.step * 2, Math.ceil(ceiling * FIRST_STEP));
  const limit = Math.min(ceiling, climb.limit + step);
  const patience = isTrying(climb) ? 1 : climb.patience;
  return { ...climb, limit, good: climb.limit, step, patience, changedAt: now };
}
