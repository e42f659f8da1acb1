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

/** True where the upstream does not count a request that it answered so. */
export function isFree({ route }: Asked, { status }: Pick<Forwarded, "status">): boolean {
  return status === 304 && route?.cache?.chargeNotModified === false;
}

/** What a 429 pauses, and for how long: an endpoint with a limit of its own alone, else everybody. */
export function scoped(
  forMs: number | undefined,
  endpoint: string,
  feedback: Pick<Feedback, "scopeOf"> | undefined,
): ScopedPause {
  const policy = feedback?.scopeOf(endpoint);
  const length = forMs === undefined ? {} : { forMs };
  return policy === undefined ? length : { ...length, policy };
}
