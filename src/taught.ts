import { endpointOf } from "./schedule/endpoint.ts";
import { costOf } from "./prospect.ts";
import type { Forwarded } from "./forward/forward.ts";
import type { Asked } from "./identify/identify.ts";
import type { Answered, Feedback } from "./schedule/feedback.ts";
import type { Prospect } from "./schedule/foresee.ts";
import type { ScopedPause } from "./schedule/known-pauses.ts";
import type { Permit } from "./schedule/permit.ts";

/** What an answer of the upstream may teach of its limits. */
export function answerOf(asked: Asked, reply: Forwarded): Answered {
  const { fields, receivedAt, upstreamMs: tookMs } = reply;
  return { endpoint: endpointOf(asked), cost: costOf(asked), fields, receivedAt, tookMs };
}

/** A request begins to wait: what is asked for tells more than what is answered of what is most of the traffic. */
export function noteAsked(asked: Asked, feedback: Pick<Feedback, "asks"> | undefined): void {
  feedback?.asks(endpointOf(asked), costOf(asked));
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

/**
 * False where a request's endpoint was found to have a limit of its own while the request stood in line: its pause would
 * not hold the request, so that each one that waits would meet a refusal of its own.
 */
export function isUnderAll(
  { policies }: Pick<Permit, "policies">,
  asked: Asked,
  feedback: Pick<Feedback, "policiesOf"> | undefined,
): boolean {
  const own = feedback?.policiesOf(endpointOf(asked)) ?? [];
  return own.every(({ name }) => policies.includes(name));
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
