import { mayRetry } from "./forward/retry.ts";
import { retryDelayMs } from "./forward/retry-budget.ts";
import { upstreamProblem } from "./forward/upstream-problem.ts";
import { fieldLines } from "./http/fields.ts";
import { Problem } from "./http/problem.ts";
import type { Outbound } from "./forward/outbound.ts";
import type { RequestBody } from "./forward/request-body.ts";
import type { Asked } from "./identify/identify.ts";
import type { LineGuard } from "./line-guard.ts";
import type { Clock } from "./ports/clock.ts";
import type { UpstreamFault } from "./ports/faults.ts";
import type { Permit } from "./schedule/permit.ts";

/** What failed, as far as it matters for another attempt. */
export interface Failed {
  readonly asked: Asked;
  readonly outbound: Outbound;
  readonly body: RequestBody;
  /** Monotonic, in milliseconds. */
  readonly deadline: number;
  /** Told when the request has to stand in line once more. */
  readonly onReturn?: () => void;
}

/** What another attempt is made with. */
export interface TryAgainParts {
  readonly clock: Clock;
  readonly guard: Pick<LineGuard, "mayRetry">;
  /** From 0 to 1, for jitter. */
  readonly random?: () => number;
}

/** The failure, and the way to another permit. */
export interface Retry {
  readonly fault: UpstreamFault;
  /** Which retry of its request it would be, from 1. */
  readonly nth: number;
  readonly acquire: () => Promise<Permit>;
  readonly signal: AbortSignal;
}

/**
 * A permit for another attempt, after a wait that grows. @throws Problem where there is to be none: it tells what
 * failed, and not why it is not tried again; or what `acquire` throws, or the signal's reason.
 */
export async function tryAgain(
  { clock, guard, random = Math.random }: TryAgainParts,
  failed: Failed,
  { fault, nth, acquire, signal }: Retry,
): Promise<Permit> {
  const { maxRetries, name } = failed.asked.upstream;
  const problem = upstreamProblem(fault, name);
  const delayMs = retryDelayMs(nth, random());
  const inTime = clock.monotonic() + delayMs < failed.deadline;
  const may = nth <= maxRetries && mayRetry(retryCase(failed, fault));
  // Last, since it counts whom it lets.
  if (!may || !inTime || !guard.mayRetry()) throw problem;
  failed.onReturn?.();
  await clock.sleep(delayMs, signal);
  return acquire().catch((error: unknown) => {
    // The upstream may have acted on what was sent, so that "not sent" would be wrong.
    throw error instanceof Problem && error.type === "upstream-down" ? problem : error;
  });
}

function retryCase({ asked, body, outbound }: Failed, { kind: fault }: UpstreamFault) {
  const keyed = fieldLines(outbound.fields, "idempotency-key").length > 0;
  return {
    method: asked.method,
    safeRoute: asked.route?.safe ?? false,
    idempotencyKey: keyed && asked.upstream.honoursIdempotencyKey,
    replayable: body.kind !== "stream",
    fault,
  };
}
