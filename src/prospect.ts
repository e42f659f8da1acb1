import type { Asked } from "./identify/identify.ts";
import type { Prospect } from "./schedule/foresee.ts";

/** A request as the schedule judges it: whose it is and what it costs. */
export function prospectOf(asked: Asked): Prospect {
  const { caller, urgency } = asked;
  return { consumer: caller.name, weight: caller.weight, cost: costOf(asked), urgency };
}

/** Units of the quota that one forward costs. */
export function costOf({ route }: Pick<Asked, "route">): number {
  return route?.cost ?? 1;
}
