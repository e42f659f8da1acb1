import type { UpstreamFaultKind } from "../ports/upstream-client.ts";

/** What may be sent again after a failure, and what may not. */
export interface RetryCase {
  readonly method: string;
  /** The configuration says that a GET on this route changes nothing. */
  readonly safeRoute: boolean;
  /** The upstream honours Idempotency-Key and the request has one. */
  readonly idempotencyKey: boolean;
  /** The body, if any, is still at hand. */
  readonly replayable: boolean;
  readonly fault: UpstreamFaultKind;
}

/**
 * Promise P3 in one place: what the upstream may have processed is not sent again, unless it is a GET on a
 * route that the configuration calls safe, or a request whose repetition the upstream recognises.
 */
export function mayRetry(retry: RetryCase): boolean {
  if (!retry.replayable) return false;
  switch (retry.fault) {
    case "not-departed":
    case "unreachable":
    case "connect-timeout":
      return true;
    case "unproven":
      return false;
    case "timeout":
    case "broken":
      return retry.idempotencyKey || (retry.safeRoute && ["GET", "HEAD"].includes(retry.method));
    default:
      return retry.fault satisfies never;
  }
}

/** Bounds of one pause, in milliseconds. */
export interface PauseBounds {
  readonly maxMs: number;
  /** Added to what the upstream says, since clocks and delivery differ. */
  readonly marginMs: number;
}

/**
 * How long a 429 stops everybody; `undefined` where it does not say, so that the back-off decides. `Retry-After: 0`, or a
 * date that has passed, says as little: by it an upstream that goes on refusing would be asked for ever at one pace.
 */
export function pauseOf(saidMs: number | undefined, bounds: PauseBounds): number | undefined {
  if (saidMs === undefined || saidMs <= 0) return undefined;
  return Math.min(bounds.maxMs, saidMs + bounds.marginMs);
}
