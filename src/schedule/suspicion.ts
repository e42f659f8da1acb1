import type { Suspicion } from "./lessons.ts";

/*
 * What it means that an endpoint which was refused, so that it is suspected of a limit of its own, is refused once more.
 */

/** An endpoint with more of the traffic than this is refused first in any case. */
export const MOST_OF_IT = 0.6;
/** Hardly anything else is asked for. */
export const NEARLY_ALL = 0.9;
/** Counts that differ by less may be equal. */
export const ALIKE = 0.1;
/** The endpoint's own count is an estimate from what one process saw. */
const OWN_ALIKE = 0.25;

/** A refusal of the endpoint that is suspected. */
export interface Again {
  readonly now: number;
  /** Units answered in the window before it, of the quota that the suspicion names, and the part that the endpoint had. */
  readonly units: number;
  readonly share: number;
  /** The part of what was asked for that was asked of it. */
  readonly asked: number;
  /** Others were answered since the refusal before. */
  readonly othersAnswered: boolean;
  /** Units in the fullest window in which others were answered since the suspicion. */
  readonly fullest: number;
}

/**
 * An endpoint's own limit is met at the same count of its own each time, whatever the others do, or while they are
 * answered in a fuller window. After a pause what was refused goes first, since it keeps its place: until others have had
 * their turn, it says nothing.
 */
export function meaningOf(again: Again, suspicion: Suspicion): "endpoint" | "quota" | "nothing" {
  const { units, share, asked, othersAnswered, fullest } = again;
  if (!othersAnswered) return asked < NEARLY_ALL ? "nothing" : "quota";
  const [before, now] = [suspicion.units * suspicion.share, units * share];
  const isSame = Math.abs(before - now) <= OWN_ALIKE * Math.max(before, now) + 2;
  const isFuller = Math.max(fullest, units) > suspicion.units * (1 + ALIKE) + 2;
  return (isSame && asked <= MOST_OF_IT) || isFuller ? "endpoint" : "quota";
}

/** Refused at fewer units than before: what others are answered beyond these from now on tells more. */
export function sharpened(suspicion: Suspicion, { now: at, units, share }: Again): Suspicion {
  return units < suspicion.units ? { ...suspicion, at, units, share } : suspicion;
}
