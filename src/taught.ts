import { endpointOf } from "./schedule/endpoint.ts";
import { costOf } from "./prospect.ts";
import type { Forwarded } from "./forward/forward.ts";
import type { Asked } from "./identify/identify.ts";
import type { Answered, Feedback } from "./schedule/feedback.ts";
import type { Prospect } from "./schedule/foresee.ts";
import type { ScopedPause } from "./schedule/known-pauses.ts";

/** What an answer of the upstream may teach of its limits. */
export function answerOf(asked: Asked, reply: Forwarded): Answered {
  const { fields, receivedAt, upstreamMs: tookMs } = reply;
  return { endpoint: endpointOf(asked), cost: costOf(asked), fields, receivedAt, tookMs };
}

/** A request under the inner quota of its endpoint as well, where that is known to have a limit of its own. */
export function underEndpoint(
  prospect: Prospect,
  asked: Asked,
  feedback: Pick<Feedback, "policiesOf"> | undefined,
): Prospect {
  const own = feedback?.policiesOf(endpointOf(asked)) ?? [];
  return own.length === 0
    ? prospect
    : { ...prospect, policies: [...(prospect.policies ?? []), ...own] };
}

/** A pause of the whole upstream, or of one policy alone. */
export function scoped(forMs: number | undefined, policy: string | undefined): ScopedPause {
  return { ...(forMs === undefined ? {} : { forMs }), ...(policy === undefined ? {} : { policy }) };
}
