import { policiesOf } from "./schedule/policies.ts";
import type { Asked } from "./identify/identify.ts";
import type { Quota } from "./ports/settings.ts";
import type { Prospect } from "./schedule/foresee.ts";

/**
 * A request as the schedule judges it: whose it is, what it costs, and which inner quotas it is under while the
 * upstream's are these.
 */
export function prospectOf(asked: Asked, quotas: readonly Quota[]): Prospect {
  const { caller, urgency } = asked;
  const policies = policiesOf(asked, quotas);
  return {
    consumer: caller.name,
    weight: caller.weight,
    cost: costOf(asked),
    urgency,
    ...(policies.length > 0 ? { policies } : {}),
  };
}

/** Units of the quota that one forward costs. */
export function costOf({ route }: Pick<Asked, "route">): number {
  return route?.cost ?? 1;
}
