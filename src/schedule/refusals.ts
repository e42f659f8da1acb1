import { Problem } from "../http/problem.ts";
import { LEASE } from "./book.ts";
import { policyWords } from "./policies.ts";
import { retryAfterSeconds } from "../http/retry-after.ts";
import type { Foresight } from "./foresee.ts";
import type { Apart, Refusal } from "../ports/apart.ts";
import type { LedgerTerms, TurnReply } from "../ports/ledger.ts";

/** What the ledger said last, for fields and pages. */
export type Outlook = Pick<TurnReply, "standings" | "waiting" | "pausedForMs">;

/** What a refusal is judged on. */
export interface Situation {
  readonly outlook: Outlook;
  readonly terms: LedgerTerms;
  /** What awaits the request itself, where that is known; it goes before all else. */
  readonly foresight?: Foresight | undefined;
  /** The store is away, and this process goes by its own part. */
  readonly apart?: Apart | undefined;
}

/** A store that returns may need so long before anything is granted: a lease, and a second to return in. */
const BACK_MS = LEASE / 1000 + 1000;

/** The ledger did not let a request into the line. */
export function refusalProblem(why: Refusal, situation: Situation): Problem {
  if (why === "apart") return noPartProblem(situation);
  if (why === "cost") {
    return new Problem("bad-request", {
      detail:
        "This request costs more units than one of the quotas that it is under holds, so that it could never be sent.",
    });
  }
  const { maxWaiting } = situation.terms;
  return new Problem("queue-full", {
    detail: `Already ${maxWaiting} requests wait for the quota, which is the configured bound. Ask again after the time given.`,
    retryAfterSeconds: predictedSeconds(situation),
    members: { waiting: maxWaiting },
  });
}

/** The store is away, and this process's own part holds no such request. */
function noPartProblem({ apart, outlook }: Situation): Problem {
  return new Problem("store-unavailable", {
    detail: `The store that keeps the quota did not answer. Meanwhile the quota is divided among ${apart?.processes ?? 1} processes, and this one's part does not hold this request. Ask again after the time given.`,
    retryAfterSeconds: retryAfterSeconds(Math.max(BACK_MS, outlook.pausedForMs)),
  });
}

/** A request cannot leave before its deadline, so that waiting would be in vain. */
export function hopelessProblem(foresight: Foresight, leftMs: number): Problem {
  const { place, heldBy } = foresight;
  const predictedMs = Math.ceil(foresight.waitMs);
  const may = leftMs <= 0 ? "it may not wait" : `it may wait ${Math.round(leftMs)} ms`;
  return new Problem("deadline-passed", {
    detail: `The request would be number ${place} in line and leave in about ${predictedMs} ms, but ${may}.${heldWords(foresight)} Ask again after the time given, or allow a longer wait.`,
    retryAfterSeconds: retryAfterSeconds(comeAgainMs(foresight, leftMs)),
    members: { place, predictedMs, ...(heldBy === undefined ? {} : { policy: heldBy }) },
  });
}

/** Which inner quota it is, where it is one that holds a request back; a sentence after another. */
function heldWords({ heldBy }: Foresight): string {
  return heldBy === undefined ? "" : ` What holds it back is ${policyWords(heldBy)}.`;
}

/**
 * When to come again: where nobody else comes meanwhile, a request that may wait for `mayWaitMs` is then let in. It has
 * no place any more; so its forecast is the answer only where it may wait for a turn of its share, and else it is to
 * come when the line has gone.
 */
export function comeAgainMs({ waitMs, again }: Foresight, mayWaitMs: number): number {
  if (again === undefined || mayWaitMs >= again.turnMs) return waitMs;
  return Math.max(waitMs, again.clearMs - Math.max(0, mayWaitMs));
}

/** A request's deadline passed while it waited for the quota. */
export function deadlineProblem(waitedMs: number, situation: Situation): Problem {
  const { waiting, pausedForMs } = situation.outlook;
  const heldBy = situation.foresight?.heldBy;
  const whole = situation.apart
    ? "this instance's part of the quota, which is divided while the store is away,"
    : "the quota";
  const full = heldBy === undefined ? whole : policyWords(heldBy);
  const why = pausedForMs > 0 ? "the upstream has asked for a pause" : `${full} had no room`;
  const named = pausedForMs > 0 || heldBy === undefined ? {} : { policy: heldBy };
  return new Problem("deadline-passed", {
    detail: `The request waited ${Math.round(waitedMs)} ms, its bound, and ${why}. Ask again after the time given, or allow a longer wait.`,
    retryAfterSeconds: predictedSeconds(situation, waitedMs),
    members: { waitedMs: Math.round(waitedMs), waiting, ...named },
  });
}

/**
 * A request's deadline passed while the ledger could not be reached. Nobody knows when it comes back; but one that comes
 * back without its memory grants nothing for as long as a lease, and a pause that is known goes on.
 */
export function storeLostProblem(pausedForMs: number): Problem {
  return new Problem("store-unavailable", {
    detail:
      "The store that keeps the quota did not answer, so nothing could be sent without breaking the limit. Ask again after the time given.",
    retryAfterSeconds: retryAfterSeconds(Math.max(BACK_MS, pausedForMs)),
  });
}

/** A request was still waiting when this instance had to stop. */
export function drainingProblem(): Problem {
  return new Problem("draining", {
    detail: "This instance is shutting down and did not send the request. Ask again.",
    retryAfterSeconds: 1,
  });
}

/**
 * When to come again, in whole seconds: by the forecast for the request, of which `mayWaitMs` is what it may wait (absent:
 * for its turn). Without a forecast, where the windows have no room for all who wait, the first of it; then the whole
 * line at the pace, as if each cost one unit.
 */
export function predictedSeconds(situation: Situation, mayWaitMs = Infinity): number {
  const { outlook, terms, foresight } = situation;
  if (foresight) {
    return retryAfterSeconds(Math.max(outlook.pausedForMs, comeAgainMs(foresight, mayWaitMs)));
  }
  const fullMs = terms.quotas.map(({ name, limit }) => {
    const standing = outlook.standings.find(({ quota }) => quota === name);
    const fills = standing !== undefined && standing.used + outlook.waiting >= limit;
    return fills ? standing.resetInMs : 0;
  });
  const paceMs = Math.max(
    ...terms.quotas.map(({ limit, windowMs, padMs }) => (windowMs + padMs) / limit),
  );
  return retryAfterSeconds(Math.max(outlook.pausedForMs, ...fullMs) + outlook.waiting * paceMs);
}
