import { isDue, rise } from "./climb.ts";
import {
  boundsOf,
  effectiveQuotas,
  lessonOf,
  withChange,
  withQuota,
  type EndpointLesson,
  type LearnTerms,
  type Lessons,
} from "./lessons.ts";
import { fade } from "./told.ts";
import type { Quota } from "../ports/settings.ts";

/*
 * What time teaches: a limit that binds is tried higher, what others no longer spend is given back, an endpoint that was
 * not refused for long is one like any other.
 */

/** How things stand as an answer comes. */
export interface Standing {
  readonly now: number;
  /** Units spent over all instances in each quota's window. */
  readonly spent: ReadonlyMap<string, number>;
  /** Requests wait for the quota. */
  readonly waiting: boolean;
  /** The endpoint that was answered, and the part of the units that it had. */
  readonly endpoint: string;
  readonly share: number;
}

/** A limit binds from this part of it on, a unit short at most. */
const BINDS = 0.96;

/** True where units spent in a window, without what the pad adds, are as many as the ledger lets through in it. */
function isBinding(spent: number, limit: number, { windowMs, padMs }: Quota): boolean {
  const most = (limit * windowMs) / (windowMs + padMs);
  return spent >= BINDS * most - 1;
}

/** What is known as time passes; the same lessons where nothing is due. */
export function learnTime(lessons: Lessons, standing: Standing, terms: LearnTerms): Lessons {
  const { now } = standing;
  const remembered = forget(lessons, now, terms);
  const faded = fade(remembered, now, terms);
  return riseEndpoint(riseQuotas(faded, standing, terms), standing, terms);
}

function riseQuotas(lessons: Lessons, { now, spent, waiting }: Standing, terms: LearnTerms) {
  if (!waiting) return lessons;
  let learned = lessons;
  for (const quota of terms.quotas) {
    const lesson = lessonOf(learned, quota);
    const [, ceiling] = boundsOf(quota, terms);
    const isTold = lesson.toldAt > now - 2 * quota.windowMs;
    if (lesson.limit >= ceiling || isTold || !isDue(lesson, now, quota.windowMs + quota.padMs))
      continue;
    if (!isBinding(spent.get(quota.name) ?? 0, lesson.limit - lesson.foreign, quota)) continue;
    const next = rise(lesson, ceiling, now);
    learned = withQuota(learned, next, {
      at: now,
      kind: "limit",
      subject: quota.name,
      from: lesson.limit,
      to: next.limit,
      reason: `It was used up and nothing was refused for a whole window, so more is tried.`,
    });
  }
  return learned;
}

/** Whether an endpoint's limit binds is told by the part that it has of what was answered. */
function riseEndpoint(lessons: Lessons, standing: Standing, terms: LearnTerms): Lessons {
  const { now, endpoint, share, spent } = standing;
  const own = lessons.endpoints.find((one) => one.endpoint === endpoint);
  const [quota] = shortestFirst(effectiveQuotas(lessons, terms));
  if (!own || !quota || own.limit >= quota.limit) return lessons;
  if (!isDue(own, now, quota.windowMs + quota.padMs)) return lessons;
  if (!isBinding((spent.get(quota.name) ?? 0) * share, own.limit, quota)) return lessons;
  const next: EndpointLesson = { ...own, ...rise(own, quota.limit, now) };
  const others = lessons.endpoints.filter((one) => one !== own);
  const reason = "It was used up and nothing was refused for a whole window, so more is tried.";
  const change = { at: now, kind: "endpoint", subject: endpoint, reason } as const;
  return withChange(
    { ...lessons, endpoints: [...others, next] },
    { ...change, from: own.limit, to: next.limit },
  );
}

/** The quotas, shortest window first: that is the one whose terms an endpoint's limit takes. */
export function shortestFirst<Kind extends { readonly windowMs: number }>(
  quotas: readonly Kind[],
): Kind[] {
  return quotas.toSorted((a, b) => a.windowMs - b.windowMs);
}

function forget(lessons: Lessons, now: number, { learn }: LearnTerms): Lessons {
  let learned = lessons;
  for (const { endpoint, limit, refusedAt } of lessons.endpoints) {
    if (now - refusedAt < learn.forgetMs) continue;
    const endpoints = learned.endpoints.filter((one) => one.endpoint !== endpoint);
    const reason = "It was not refused for so long that it is one like any other again.";
    const change = { kind: "endpoint", subject: endpoint, from: limit, to: 0, reason } as const;
    learned = withChange({ ...learned, endpoints }, { at: now, ...change });
  }
  return learned;
}
