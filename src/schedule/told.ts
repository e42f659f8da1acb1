import {
  boundsOf,
  lessonOf,
  withQuota,
  type LearnTerms,
  type Lessons,
  type QuotaLesson,
} from "./lessons.ts";
import type { ToldLimit } from "../http/upstream-limits.ts";
import type { Quota } from "../ports/settings.ts";

/*
 * What an upstream says of its limits goes before what is guessed. What is missing of its window beyond what this
 * gateway spent, somebody else spends with the same key: the most of it that one window shows is kept free, and given
 * back by halves once a whole window has shown less.
 */

/** What an answer told, beside what this gateway knows to have spent. */
export interface Telling {
  readonly now: number;
  readonly endpoint: string;
  readonly told: readonly ToldLimit[];
  /** Units spent over all instances in each quota's window. */
  readonly spent: ReadonlyMap<string, number>;
}

/** Counts at the upstream and here are taken at different instants: differences up to this mean nothing. */
const NOISE = 0.02;
const NOISE_UNITS = 2;

/** A told window is a quota's where they differ by no more than this. */
const ALIKE = 0.05;

/** What is known after an answer; the same lessons where it says nothing new. */
export function learnTold(lessons: Lessons, telling: Telling, terms: LearnTerms): Lessons {
  let learned = lessons;
  for (const quota of terms.quotas) {
    const told = toldOf(telling.told, quota, terms.quotas.length === 1);
    if (told?.limit === undefined || isOfAnother(learned, told, { quota, telling, terms }))
      continue;
    const { endpoint, now } = telling;
    learned = learnLimit(learned, { quota, limit: told.limit, now, endpoint }, terms);
    if (told.remaining === undefined) continue;
    const spent = telling.spent.get(quota.name) ?? 0;
    const foreign = told.limit - told.remaining - spent;
    const noise = noiseOf(told.limit);
    const seen = foreign <= noise ? 0 : Math.min(foreign, told.limit);
    learned = learnForeign(learned, { quota, seen, now: telling.now }, noise);
  }
  return learned;
}

/**
 * True where what is told is not of this quota: more than it may ever be, without a window, is told of a longer one; and
 * less than another endpoint has told within a window is told of the endpoint alone, unless that one tells it as well.
 */
function isOfAnother(
  lessons: Lessons,
  { limit = 0, windowMs }: ToldLimit,
  { quota, telling, terms }: { quota: Quota; telling: Telling; terms: LearnTerms },
): boolean {
  const [, ceiling] = boundsOf(quota, terms);
  if (windowMs === undefined && limit > ceiling) return true;
  const { limit: known, toldAt, toldBy } = lessonOf(lessons, quota);
  const isToldOf = toldBy !== undefined && toldAt > telling.now - quota.windowMs;
  return isToldOf && limit < known && toldBy !== telling.endpoint;
}

/** Gives back, by halves, what others have not been seen to spend for a window. */
export function fade(lessons: Lessons, now: number, terms: LearnTerms): Lessons {
  return terms.quotas.reduce(
    (learned, quota) => learnForeign(learned, { quota, seen: 0, now }, noiseOf(quota.limit)),
    lessons,
  );
}

/** The tightest told limit over a quota's window; one without a window is that of the only quota, unless its reset denies it. */
export function toldOf(
  told: readonly ToldLimit[],
  { windowMs }: Quota,
  isOnly: boolean,
): ToldLimit | undefined {
  const candidates = told.filter((one) => {
    if (one.scope !== "api" || one.limit === undefined || one.limit === 0) return false;
    if (one.windowMs !== undefined) return Math.abs(one.windowMs - windowMs) <= windowMs * ALIKE;
    return isOnly && (one.resetMs ?? 0) <= windowMs * (1 + ALIKE) + 1000;
  });
  return candidates.toSorted((a, b) => (a.limit ?? 0) - (b.limit ?? 0))[0];
}

function learnLimit(
  lessons: Lessons,
  { quota, limit, now, endpoint }: { quota: Quota; limit: number; now: number; endpoint: string },
  terms: LearnTerms,
): Lessons {
  const lesson = lessonOf(lessons, quota);
  const [floor, ceiling] = boundsOf(quota, terms);
  const bounded = Math.max(floor, Math.min(ceiling, limit));
  // Told again before it counts as told no more.
  const isKnown = lesson.toldAt > now - quota.windowMs / 2;
  if (bounded === lesson.limit && isKnown) return lessons;
  const next: QuotaLesson = {
    ...lesson,
    limit: bounded,
    good: bounded,
    step: 0,
    patience: 1,
    toldAt: now,
    toldBy: endpoint,
    changedAt: bounded === lesson.limit ? lesson.changedAt : now,
  };
  const change = {
    at: now,
    kind: "limit",
    subject: quota.name,
    from: lesson.limit,
    to: bounded,
    reason: `The upstream tells a limit of ${limit} in its fields.`,
  } as const;
  return withQuota(lessons, next, bounded === lesson.limit ? undefined : change);
}

function learnForeign(
  lessons: Lessons,
  { quota, seen, now }: { quota: Quota; seen: number; now: number },
  noise: number,
): Lessons {
  const lesson = lessonOf(lessons, quota);
  const { foreign, foreignAt } = lesson;
  const quarter = quota.windowMs / 4;
  if (seen === 0 && foreign === 0) return lessons;
  const change = (to: number, reason: string) =>
    ({ at: now, kind: "foreign", subject: quota.name, from: foreign, to, reason }) as const;
  // What others begin to spend grows on until their window is full, so a little more is kept free.
  const kept = seen === 0 ? 0 : Math.ceil(seen + noise);
  if (kept > foreign + noise) {
    const reason = `Others spend about ${Math.round(seen)} units of the upstream's window with the same key.`;
    return withQuota(lessons, { ...lesson, foreign: kept, foreignAt: now }, change(kept, reason));
  }
  const since = now - foreignAt;
  if (kept >= foreign - noise) {
    return since < quarter ? lessons : withQuota(lessons, { ...lesson, foreignAt: now }, undefined);
  }
  if (since < quota.windowMs && since >= 0) return lessons;
  const half = Math.max(kept, Math.floor(foreign / 2));
  const left = half <= noise ? 0 : half;
  // The next half follows after a quarter of a window.
  const faded = { ...lesson, foreign: left, foreignAt: now - 3 * quarter };
  const reason = `Others were seen to spend no more than ${Math.round(seen)} units for a whole window.`;
  return withQuota(lessons, faded, change(left, reason));
}

function noiseOf(limit: number): number {
  return Math.max(NOISE_UNITS, Math.ceil(limit * NOISE));
}
