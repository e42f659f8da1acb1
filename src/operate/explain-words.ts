import { policyWords } from "../schedule/policies.ts";
import { span } from "./dashboard/words.ts";
import type { ForwardView } from "../expect.ts";
import type { BypassReason, Explanation } from "../explain.ts";
import type { RecentRecord } from "../observe/recent-records.ts";

/*
 * Explanations in plain sentences, for whoever asks at three in the morning.
 */

const BYPASSED: Readonly<Record<BypassReason, string>> = {
  method: "a request of its method is never answered from the store",
  "no-policy": "its route has no cache",
  "no-store": "it says no-store",
  condition: "it has a condition that only the origin can judge",
  "media-type": "it takes none of the media types that its route stores",
};

/** What would become of a request, in two or three sentences. */
export function summaryOf(explanation: Explanation): string {
  const { outcome } = explanation;
  switch (outcome.kind) {
    case "refused":
      return refusedSummary(explanation, outcome.problem);
    case "stored":
      return storedSummary(explanation, outcome.why);
    case "forwarded":
      return `${cacheWords(explanation)} ${lineWords(explanation)}`;
    default:
      return outcome satisfies never;
  }
}

function refusedSummary(explanation: Explanation, problem: string): string {
  const { asked, refused } = explanation.supposed;
  const { name } = asked.caller;
  const after = `It would be refused (${problem})`;
  if (problem === "draining") return `${after}, since this instance is shutting down.`;
  if (refused === "disabled") return `${after}: the consumer ${name} is disabled.`;
  if (refused === "unknown") return `${after}: nobody here is called ${name}.`;
  if (refused === "not-allowed") {
    return `${after}: the allow-list of ${name} does not cover it. Nothing would be sent.`;
  }
  if (problem === "only-if-cached") {
    return `${after}: it says only-if-cached, and nothing stored may answer it. Nothing would be sent.`;
  }
  if (problem === "store-unavailable") {
    return `${cacheWords(explanation)} ${after}, at its deadline: the ledger is out of reach, and without it nothing is sent.`;
  }
  return `${cacheWords(explanation)} ${after}: ${lineWords(explanation)}`;
}

function storedSummary({ cache }: Explanation, why: string | undefined): string {
  const stored = cache.kind === "asked" ? cache.stored : undefined;
  const age = `It would be answered from the store: what is stored is ${span(stored?.ageMs ?? 0)} old`;
  const ttlMs = stored?.ttlMs ?? 0;
  if (why === undefined) {
    return `${age} and fresh for another ${span(ttlMs)}. Nothing would be sent or spent.`;
  }
  const since = ttlMs > 0 ? age : `${age}, stale for ${span(-ttlMs)}`;
  const later =
    why === "stale-while-revalidate"
      ? "It would be refreshed in the background, as soon as the quota has room to spare."
      : "Nothing would be waited for.";
  return `${since}, and may be given all the same (${why}). ${later}`;
}

function cacheWords({ cache, supposed: { asked } }: Explanation): string {
  const to = `it would go to ${asked.upstream.name}`;
  if (cache.kind === "bypassed") return `Since ${BYPASSED[cache.why]}, ${to}.`;
  const what =
    cache.found === "nothing"
      ? `Nothing is stored that may answer it (${cache.reason ?? ""})`
      : `What is stored is ${span(cache.stored?.ageMs ?? 0)} old and may not answer it (${cache.reason ?? ""})`;
  const pending =
    cache.pending.length > 0 ? " Its answer would not be stored, since a write is under way." : "";
  return `${what}, so ${to}.${pending}`;
}

function lineWords({ forward, supposed: { asked } }: Explanation): string {
  const { forecast, cost, pausedMs, mayWaitMs } = forward;
  const paused = pausedMs > 0 ? ` A pause holds for another ${span(pausedMs)}.` : "";
  if (!forecast) return `Nothing is known of the line, since the ledger is out of reach.${paused}`;
  const units = cost === 1 ? "1 unit" : `${cost} units`;
  const share = `${Math.round(forecast.share * 100)} % of each window`;
  const leaves =
    forecast.waitMs < 1
      ? `It would leave at once and cost ${units}`
      : `It would cost ${units}, be number ${forecast.place} in line and leave in about ${span(forecast.waitMs)}, by the share of ${asked.caller.name} (${share}) in ${span(forecast.boundMs)} at the latest`;
  return `${leaves}; it may wait ${span(mayWaitMs)}${lateWords(forward)}.${innerWords(forward)}${paused}`;
}

function lateWords({ inTime }: ForwardView): string {
  if (inTime === "no") return ", which is too short";
  return inTime === "perhaps" ? ", which may be too short" : "";
}

/** The inner quotas that it would be under, and which of them it would wait for. */
function innerWords({ policies, forecast }: ForwardView): string {
  if (policies.length === 0) return "";
  const each = policies.map(
    ({ name, limit, windowMs }) => `${policyWords(name)} (${limit} in ${span(windowMs)})`,
  );
  const under = ` Beside the upstream's quota it is under ${each.join(" and ")}.`;
  const { heldBy } = forecast ?? {};
  return heldBy === undefined
    ? under
    : `${under} What would hold it back is ${policyWords(heldBy)}.`;
}

/** Why an exchange of the past took as long as it did, in one or two sentences. */
export function pastSummaryOf(record: RecentRecord): string {
  const { status, problem, totalMs, queueMs, upstreamMs, note } = record;
  const how = problem === undefined ? `Answered ${status}` : `Refused or failed (${problem})`;
  const ended = record.end === "complete" ? "" : `, and its end was: ${record.end}`;
  const took = `${how} after ${span(totalMs)}${ended}: ${span(queueMs)} in line, ${span(upstreamMs)} at the upstream.`;
  return [took, ...becauseOf(record), ...(note === undefined ? [] : [note])].join(" ");
}

function becauseOf({
  cache,
  stale,
  collapsed,
  forwards,
  throttled,
  policies,
}: RecentRecord): string[] {
  const times = forwards === 1 ? "once" : `${forwards} times`;
  return [
    ...(cache === "hit" ? ["It was answered from the store."] : []),
    ...(stale === undefined ? [] : [`What it was given was stale (${stale}).`]),
    ...(collapsed ? ["It shared a forward that was somebody else's."] : []),
    ...(forwards > 0 ? [`It was sent ${times}.`] : []),
    ...(policies === undefined ? [] : [`It was under ${policies.map(policyWords).join(" and ")}.`]),
    ...(throttled > 0
      ? [`The upstream said 429 to it ${throttled === 1 ? "once" : `${throttled} times`}.`]
      : []),
  ];
}
