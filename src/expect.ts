import { isHopeless } from "./schedule/admission.ts";
import type { ProblemType } from "./http/problem.ts";
import type { StaleReason } from "./http/stale.ts";
import type { Policy, Standing } from "./ports/ledger.ts";
import type { Foreseen } from "./schedule/foresee.ts";

/*
 * What a client would get, from what is known before anything is sent. The order is that of legs/shared.ts and
 * legs/stale-service.ts.
 */

/** What its client would get. */
export type ExpectedOutcome =
  | { readonly kind: "refused"; readonly problem: ProblemType }
  /** `why`: it is no longer fresh, and given all the same. */
  | { readonly kind: "stored"; readonly why?: StaleReason | "max-stale" }
  | { readonly kind: "forwarded" };

/** A stored response as an explanation shows it: nothing of its content. */
export interface StoredView {
  readonly status: number;
  readonly ageMs: number;
  /** Negative: it has been stale for so long. */
  readonly ttlMs: number;
  /** True: the lifetime is the route's and not the origin's. */
  readonly overridden: boolean;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** It may answer now, while it is refreshed. */
  readonly servesWhileRevalidated: boolean;
  /** It may answer where a forward fails, is refused, or takes too long. */
  readonly servesOnError: boolean;
}

/** What a forward would meet, whether there would be one or not. */
export interface ForwardView {
  readonly cost: number;
  readonly mayWaitMs: number;
  /** Inner quotas that it would be under beside the upstream's. */
  readonly policies: readonly Policy[];
  /** For how long a pause holds yet, as far as this process knows. */
  readonly pausedMs: number;
  /** Absent: the ledger is out of reach. */
  readonly forecast?: Foreseen;
  /** `perhaps`: it would be late by less than forecasts may be wrong, so it would wait until its deadline. */
  readonly inTime: "yes" | "perhaps" | "no" | "unknown";
  /** How full the quotas were when this process last asked. */
  readonly quotas: readonly Standing[];
}

/** Who may not wait at all is served by the next turn or not at all. */
export function inTimeOf(forecast: Foreseen, mayWaitMs: number): "yes" | "perhaps" | "no" {
  if (forecast.waitMs <= mayWaitMs) return "yes";
  return mayWaitMs === 0 || isHopeless(forecast, mayWaitMs) ? "no" : "perhaps";
}

/** What an outcome is expected from. */
export interface Expectation {
  /** What is stored and selected; absent: nothing. */
  readonly stored?: StoredView;
  /** It may answer as it is. */
  readonly answers: boolean;
  /** The request's wish. */
  readonly onlyIfCached: boolean;
  readonly forward: ForwardView;
  /** The bound on the line. */
  readonly maxWaiting: number;
}

/** What would become of a request that is let in. */
export function outcomeOf(expectation: Expectation): ExpectedOutcome {
  const { stored, onlyIfCached, forward, maxWaiting } = expectation;
  const atOnce = servedAtOnce(expectation);
  if (atOnce) return atOnce;
  if (onlyIfCached) return { kind: "refused", problem: "only-if-cached" };
  const spare = stored?.servesOnError === true;
  if (spare && forward.pausedMs > 0) return { kind: "stored", why: "paused" };
  const refusal = refusalOf(forward, maxWaiting);
  if (refusal === undefined) return { kind: "forwarded" };
  return spare ? { kind: "stored", why: refusal } : { kind: "refused", problem: refusal };
}

function servedAtOnce({ stored, answers }: Expectation): ExpectedOutcome | undefined {
  if (!stored) return undefined;
  if (answers && stored.ttlMs > 0) return { kind: "stored" };
  if (answers) return { kind: "stored", why: "max-stale" };
  return stored.servesWhileRevalidated
    ? { kind: "stored", why: "stale-while-revalidate" }
    : undefined;
}

function refusalOf({ forecast, inTime }: ForwardView, maxWaiting: number) {
  if (!forecast) return "store-unavailable";
  if (inTime === "no") return "deadline-passed";
  return forecast.waiting >= maxWaiting && forecast.waitMs > 0 ? "queue-full" : undefined;
}
