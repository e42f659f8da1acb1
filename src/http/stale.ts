import { currentAgeMs } from "./freshness.ts";
import type { ProblemType } from "./problem.ts";
import { mayBeStale, meetsWishes, type Reusable, type Wishes } from "./reuse.ts";
import type { StoredResponse } from "./stored-response.ts";

/**
 * Why a stale response is looked at: it is being validated meanwhile, or there will be no other answer, since the
 * upstream failed, is paused or is out of reach.
 */
export type StaleOccasion = "revalidating" | "error";

/** Problems in whose place a stale answer may be given: those of the upstream, of the quota and of the store. */
const REPLACEABLE = [
  "queue-full",
  "deadline-passed",
  "upstream-unreachable",
  "upstream-broke-off",
  "upstream-timeout",
  "upstream-refused-key",
  "upstream-down",
  "store-unavailable",
] as const satisfies readonly ProblemType[];

type Replaceable = (typeof REPLACEABLE)[number];

/** Why a stale answer was given: the word of Cache-Status' detail, of logs and of metrics. */
export type StaleReason =
  | "stale-while-revalidate"
  | "paused"
  | "slow"
  | "upstream-error"
  | "throttled"
  | Replaceable;

/** True for a problem that something stale is better than. */
export function isReplaceable(type: ProblemType): type is Replaceable {
  return REPLACEABLE.some((one) => one === type);
}

/** A stored response with the windows that were settled for it at store time. */
export type Stale = Reusable & Pick<StoredResponse, "staleWhileRevalidateMs" | "staleIfErrorMs">;

/**
 * True where a stored response may serve although it is no longer fresh (RFC 9111 section 4.2.4, RFC 5861), at `now`
 * in epoch milliseconds. The request may ask for less, and for more: by max-stale, and on an error by
 * stale-if-error. Neither beats the origin's must-revalidate and kin.
 */
export function mayServeStale(
  stored: Stale,
  wishes: Wishes,
  { now, occasion }: { readonly now: number; readonly occasion: StaleOccasion },
): boolean {
  const ageMs = currentAgeMs(stored, now);
  const ttlMs = stored.lifetimeMs - ageMs;
  if (!meetsWishes({ ageMs, ttlMs }, wishes)) return false;
  // Fresh, and forwarded all the same: it was not served for a reason that has passed.
  if (ttlMs > 0) return true;
  return mayBeStale(stored) && -ttlMs <= windowMs(stored, wishes, occasion);
}

/** How long after its lifetime it may serve. */
function windowMs(stored: Stale, wishes: Wishes, occasion: StaleOccasion): number {
  const settledMs =
    occasion === "error"
      ? // "the response MAY be used [...] regardless of other freshness information" within the request's own bound.
        (wishes.staleIfErrorMs ?? stored.staleIfErrorMs)
      : stored.staleWhileRevalidateMs;
  return Math.max(settledMs, wishes.maxStaleMs ?? 0);
}
