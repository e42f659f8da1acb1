import { isFailure } from "./counts.ts";
import type { AccessRecord } from "./access-record.ts";

/**
 * How exchanges end, each in one way: `hit` and `stale` from store; `collapsed` by a forward that was another's;
 * `forwarded` by one of its own, whatever the upstream said; `refused` and `failed` by a problem document, as the
 * counts tell them apart; `client-left` before its answer was whole. The label `outcome` of the metrics and the
 * attribute of the spans.
 */
export const outcomes = [
  "hit",
  "stale",
  "collapsed",
  "forwarded",
  "refused",
  "failed",
  "client-left",
] as const;

/** One of the closed set above. */
export type ExchangeOutcome = (typeof outcomes)[number];

/** What of a record says how it ended. */
type Ended = Pick<AccessRecord, "end" | "problem" | "status" | "stale" | "cache" | "collapsed">;

/** The one way in which an exchange ended. */
export function outcomeOf(record: Ended): ExchangeOutcome {
  const { end, problem, status, stale, cache, collapsed } = record;
  if (end === "client-left") return "client-left";
  if (end === "broken-off") return "failed";
  if (problem !== undefined) return isFailure(status) ? "failed" : "refused";
  if (stale !== undefined) return "stale";
  if (cache === "hit") return "hit";
  return collapsed ? "collapsed" : "forwarded";
}
