import { fall, wasTried } from "./climb.ts";
import {
  boundsOf,
  lessonOf,
  withChange,
  withQuota,
  type EndpointLesson,
  type LearnTerms,
  type Lessons,
  type Suspicion,
} from "./lessons.ts";
import { ALIKE, meaningOf, MOST_OF_IT, NEARLY_ALL, sharpened } from "./suspicion.ts";
import type { Quota } from "../ports/settings.ts";

/*
 * What a 429 teaches. It may mean the quota of the whole upstream or a limit of the endpoint alone, and the first one
 * does not say which: it is held against whatever comes next. Another endpoint refused: the quota is lower than it
 * was. The same one refused again at the same count of its own, though others were answered meanwhile, and it is not
 * most of the traffic (or the others were answered in a fuller window): the endpoint has a limit of its own. Where hardly anything else is asked
 * for, it is the quota at once.
 */

/** A 429, and what was answered in the window before the request left. */
export interface Refusal {
  readonly endpoint: string;
  readonly now: number;
  /** When the refused request left. */
  readonly departedAt: number;
  /** Units answered over all instances in each quota's window. */
  readonly units: ReadonlyMap<string, number>;
  /** The part of the answered units that the endpoint had, as far as this process saw. */
  readonly share: number;
  /** The part of the units that this process was asked for in the last windows, which need not have been answered. */
  readonly asked: number;
  /** Something was answered since the last refusal that said something; others than the endpoint were. */
  readonly answered: boolean;
  readonly othersAnswered: boolean;
  /** Units in the fullest window in which others were answered since that refusal. */
  readonly fullest: number;
  /** For how long the upstream wants to be left alone; absent: it did not say. */
  readonly pauseMs?: number | undefined;
  /** What the upstream says: units of its quota are left, or none are; absent: it does not say. */
  readonly left?: "some" | "none" | undefined;
}

/** A suspicion is dropped after so many windows. */
const SUSPECTED_WINDOWS = 10;
/** Endpoints that are found within so many windows may have been mistaken for the quota. */
const FOUND_WINDOWS = 5;
/** One that is refused at less than this part of what it was first taken to allow has no limit of its own. */
const MISTAKEN = 0.6;
/** Endpoints that may have limits of their own. */
const MOST_ENDPOINTS = 20;

/** What is known after a 429; the same lessons where it says nothing new. */
export function learnRefusal(lessons: Lessons, refusal: Refusal, terms: LearnTerms): Lessons {
  const { endpoint, now, departedAt } = refusal;
  const own = lessons.endpoints.find((one) => one.endpoint === endpoint);
  if (own) return endpointRefused(lessons, own, { refusal, terms });
  const quota = blamed(refusal, terms);
  // Where the upstream tells that its quota is spent, what it tells is all there is to learn.
  if (quota === undefined || refusal.left === "none") return lessons;
  const one = { refusal, terms };
  if (departedAt <= lessons.refusedAt) return alsoRefused(lessons, quota, one);
  const noted = { ...lessons, refusedAt: now };
  // Refused again before anything was answered: the same refusal still.
  return lessons.refusedAt > 0 && !refusal.answered ? noted : judge(noted, quota, one);
}

/** It left before the last refusal was known: that another endpoint was refused as well tells that the quota is meant. */
function alsoRefused(lessons: Lessons, quota: Quota, one: Case): Lessons {
  const { suspicion } = lessons;
  const { endpoint, left } = one.refusal;
  return suspicion && suspicion.endpoint !== endpoint && left !== "some"
    ? lower({ ...lessons, suspicion: undefined }, quota, one)
    : lessons;
}

/** Says what a refusal means that is news. */
function judge(lessons: Lessons, quota: Quota, one: Case): Lessons {
  const { refusal } = one;
  if (isQuotaPlainly(lessons, quota, refusal)) return lower(lessons, quota, one);
  const { suspicion } = lessons;
  const since = refusal.now - (suspicion?.at ?? Number.NEGATIVE_INFINITY);
  if (suspicion === undefined || since > SUSPECTED_WINDOWS * quota.windowMs) {
    return suspect(lessons, quota, one);
  }
  return weigh(lessons, suspicion, { quota, one });
}

/** Holds a refusal against the one before. */
function weigh(
  lessons: Lessons,
  suspicion: Suspicion,
  { quota, one }: { quota: Quota; one: Case },
): Lessons {
  const { refusal } = one;
  const again = { ...refusal, units: refusal.units.get(suspicion.quota) ?? 0 };
  const isAgain = suspicion.endpoint === refusal.endpoint;
  const meaning = isAgain ? meaningOf(again, suspicion) : "quota";
  if (meaning === "endpoint") return discover(lessons, suspicion, one);
  if (meaning === "nothing") return { ...lessons, suspicion: sharpened(suspicion, again) };
  const settled = { ...lessons, suspicion: undefined };
  return refusal.left === "some"
    ? suspect(settled, quota, one)
    : lower(cleared(settled, refusal.units.get(quota.name)), quota, one);
}

/** A limit that is being tried was too much; and what fell within this window falls on: whoever takes it has only begun. */
function isQuotaPlainly(lessons: Lessons, quota: Quota, { now, units }: Refusal): boolean {
  const lesson = lessonOf(lessons, quota);
  const isFalling = lesson.limit < lesson.configured && now - lesson.changedAt < quota.windowMs;
  return isFalling || wasTried(lesson, units.get(quota.name) ?? 0);
}

interface Case {
  readonly refusal: Refusal;
  readonly terms: LearnTerms;
}

/** The quota that is fullest, of those whose window is as long as the pause. */
function blamed({ units, pauseMs = 0 }: Refusal, { quotas }: LearnTerms): Quota | undefined {
  const long = quotas.filter(({ windowMs }) => windowMs * (1 + ALIKE) + 1000 >= pauseMs);
  const fullness = (quota: Quota): number => (units.get(quota.name) ?? 0) / quota.limit;
  const candidates = long.length > 0 ? long : quotas;
  return candidates.toSorted((a, b) => fullness(b) - fullness(a))[0];
}

/** The first refusal: noted, and where hardly anything else is asked for the quota's. */
function suspect(lessons: Lessons, quota: Quota, { refusal, terms }: Case): Lessons {
  const { endpoint, now, share, asked } = refusal;
  const { limit: before } = lessonOf(lessons, quota);
  const units = refusal.units.get(quota.name) ?? 0;
  const suspicion = { endpoint, at: now, units, share, quota: quota.name, before };
  const suspected = { ...lessons, suspicion };
  // With hardly anything answered before it, it says nothing of a limit.
  const [floor] = boundsOf(quota, terms);
  return Math.min(share, asked) >= NEARLY_ALL && units >= floor && refusal.left !== "some"
    ? lower(suspected, quota, { refusal, terms })
    : suspected;
}

function lower(lessons: Lessons, quota: Quota, { refusal, terms }: Case): Lessons {
  const { now } = refusal;
  const lesson = lessonOf(lessons, quota);
  // The upstream tells its limit: what it says goes before what is guessed.
  if (lesson.toldAt > now - 2 * quota.windowMs) return lessons;
  const units = refusal.units.get(quota.name) ?? 0;
  const [floor] = boundsOf(quota, terms);
  const next = fall(lesson, { units, floor, now, windowMs: quota.windowMs });
  if (next.limit >= lesson.limit) return lessons;
  return withQuota(lessons, next, {
    at: now,
    kind: "limit",
    subject: quota.name,
    from: lesson.limit,
    to: next.limit,
    reason: `The upstream answered 429 when ${Math.floor(units)} units had been answered within its window.`,
  });
}

/** An endpoint is known to have a limit of its own; what was taken for the quota's is taken back. */
function discover(lessons: Lessons, suspicion: Suspicion, { refusal, terms }: Case): Lessons {
  const { endpoint, now, share } = refusal;
  const quota = terms.quotas.find(({ name }) => name === suspicion.quota);
  if (!quota || lessons.endpoints.length >= MOST_ENDPOINTS) return lessons;
  const units = refusal.units.get(quota.name) ?? 0;
  const limit = Math.max(terms.mostCost, Math.round(units * share), 1);
  const recent = lessons.endpoints.filter(
    ({ foundAt }) => now - foundAt < FOUND_WINDOWS * quota.windowMs,
  );
  const together = recent.reduce((sum, { found }) => sum + found, limit);
  // One after the other, and together most of the traffic: it was the quota all the time.
  if (recent.length > 0 && together > units * MOST_OF_IT) {
    const endpoints = lessons.endpoints.filter((one) => !recent.includes(one));
    return lower({ ...lessons, endpoints, suspicion: undefined }, quota, { refusal, terms });
  }
  const own = { limit, good: limit, step: 0, patience: 1, changedAt: now, found: limit };
  const known: EndpointLesson = { ...own, endpoint, foundAt: now, refusedAt: now, units };
  const lesson = lessonOf(lessons, quota);
  const restored = {
    ...lesson,
    limit: Math.max(lesson.limit, suspicion.before),
    good: Math.max(lesson.good, suspicion.before),
  };
  const learned = {
    ...withQuota(lessons, restored, undefined),
    endpoints: [...lessons.endpoints, known],
    suspicion: undefined,
  };
  return withChange(learned, {
    at: now,
    kind: "endpoint",
    subject: endpoint,
    from: lesson.limit,
    to: limit,
    reason:
      "It was refused twice while others were answered, so it has a limit of its own: from now on it alone pauses.",
  });
}

/** One that has a limit of its own was refused: it alone. */
function endpointRefused(lessons: Lessons, own: EndpointLesson, { refusal, terms }: Case): Lessons {
  const { mostCost } = terms;
  const { now, departedAt, share, units: all } = refusal;
  if (departedAt <= own.refusedAt) return lessons;
  const units = Math.max(0, ...all.values()) * share;
  const next = { ...fall(own, { units, floor: mostCost, now, windowMs: 0 }), refusedAt: now };
  const others = lessons.endpoints.filter((one) => one !== own);
  if (next.limit < MISTAKEN * own.found) {
    return learnRefusal({ ...lessons, endpoints: others }, refusal, terms);
  }
  const learned = { ...lessons, endpoints: [...others, next] };
  return withChange(learned, {
    at: now,
    kind: "endpoint",
    subject: own.endpoint,
    from: own.limit,
    to: next.limit,
    reason: `The upstream answered 429 when about ${Math.round(units)} units of it had been answered.`,
  });
}

/** Endpoints that were taken to have limits of their own at about as many units as another is now refused at: it was the quota. */
function cleared(lessons: Lessons, units = 0): Lessons {
  const endpoints = lessons.endpoints.filter(
    (one) => Math.abs(one.units - units) > ALIKE * units + 2,
  );
  return endpoints.length === lessons.endpoints.length ? lessons : { ...lessons, endpoints };
}
