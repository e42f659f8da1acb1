import type { LearnSettings } from "../ports/bounds.ts";
import type { Quota } from "../ports/settings.ts";

/*
 * What was learned of one upstream, over all instances: a limit for each of its quotas, who else spends them, and
 * which endpoints have a limit of their own. Instants are epoch milliseconds of whoever made the change.
 */

/** A limit that is felt for: down by a refusal, up by trial. */
export interface Climb {
  /** Units a window that the upstream is taken to allow. */
  readonly limit: number;
  /** The last limit that stood for a whole window; less than `limit` while that is being tried. */
  readonly good: number;
  /** By so many units the next trial goes up. */
  readonly step: number;
  /** Windows between a fall and the next trial. */
  readonly patience: number;
  /** When it last fell or rose. */
  readonly changedAt: number;
}

/** What was learned of one quota. */
export interface QuotaLesson extends Climb {
  readonly quota: string;
  /** The configured limit with which it began; with another one it begins anew. */
  readonly configured: number;
  /** Units a window that somebody else spends. */
  readonly foreign: number;
  /** When so much was last seen to be spent, or faded. */
  readonly foreignAt: number;
  /** When the upstream last told the limit; 0: never. */
  readonly toldAt: number;
  /** The endpoint whose answer did; absent: it is not known. */
  readonly toldBy?: string;
}

/** An endpoint that is known to have a limit of its own. */
export interface EndpointLesson extends Climb {
  readonly endpoint: string;
  /** The last refusal. */
  readonly refusedAt: number;
  /** The limit that it was first taken to have, and when. */
  readonly found: number;
  readonly foundAt: number;
  /** Units that the whole upstream had answered in the window before the refusal that gave it away. */
  readonly units: number;
}

/** A refusal that may mean the quota or the endpoint alone. */
export interface Suspicion {
  readonly endpoint: string;
  readonly at: number;
  /** Units answered in the window before it, and the part of them that the endpoint had. */
  readonly units: number;
  readonly share: number;
  readonly quota: string;
  /** The quota's limit before the refusal, where that lowered it already. */
  readonly before: number;
}

/** One change of what is known, for people. */
export interface LearnedChange {
  readonly at: number;
  readonly kind: "limit" | "foreign" | "endpoint";
  /** A quota or an endpoint. */
  readonly subject: string;
  readonly from: number;
  readonly to: number;
  /** In words. */
  readonly reason: string;
}

/** All of it. */
export interface Lessons {
  readonly quotas: readonly QuotaLesson[];
  readonly endpoints: readonly EndpointLesson[];
  readonly suspicion?: Suspicion | undefined;
  /** When the last refusal that said something was noted. */
  readonly refusedAt: number;
  /** Oldest first. */
  readonly changes: readonly LearnedChange[];
}

/** What lessons are judged by. */
export interface LearnTerms {
  readonly quotas: readonly Quota[];
  readonly learn: LearnSettings;
  /** The most units that one request costs: no limit is lower, or that request could never leave. */
  readonly mostCost: number;
}

/** Changes that are kept. */
const MOST_CHANGES = 20;

/** Clocks of instances may differ by so much; what lies further ahead was written by one that was wrong. */
const MOST_AHEAD_MS = 60_000;

/** Nothing is known. */
export const NO_LESSONS: Lessons = { quotas: [], endpoints: [], refusedAt: 0, changes: [] };

/** Lessons as the store keeps them. */
export function writeLessons(lessons: Lessons): string {
  return JSON.stringify(lessons);
}

/** Reads what `writeLessons` wrote; what cannot be read is nothing learned. */
export function readLessons(text: string): Lessons {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return NO_LESSONS;
    const read = { ...NO_LESSONS, ...value };
    const lists = [read.quotas, read.endpoints, read.changes];
    if (!lists.every((list) => Array.isArray(list))) return NO_LESSONS;
    return [...read.quotas, ...read.endpoints].every(isClimb) ? read : NO_LESSONS;
  } catch {
    return NO_LESSONS;
  }
}

function isClimb({ limit, good, step, patience, changedAt }: Climb): boolean {
  return [limit, good, step, patience, changedAt].every((part) => Number.isFinite(part));
}

/**
 * Lessons as they are gone by: an instant that lies ahead would keep back all that has to wait for it, so it is taken for
 * now. The same lessons where none does. What is told of changes stays as it was written.
 */
export function lessonsBy(lessons: Lessons, now: number): Lessons {
  const { quotas, endpoints, suspicion, refusedAt } = lessons;
  const instants = [
    refusedAt,
    suspicion?.at ?? 0,
    ...quotas.flatMap((one) => [one.changedAt, one.foreignAt, one.toldAt]),
    ...endpoints.flatMap((one) => [one.changedAt, one.refusedAt, one.foundAt]),
  ];
  const by = (at: number): number => (at > now + MOST_AHEAD_MS ? now : at);
  if (instants.every((at) => by(at) === at)) return lessons;
  return {
    ...lessons,
    refusedAt: by(refusedAt),
    suspicion: suspicion && { ...suspicion, at: by(suspicion.at) },
    quotas: quotas.map((one) => ({
      ...one,
      changedAt: by(one.changedAt),
      foreignAt: by(one.foreignAt),
      toldAt: by(one.toldAt),
    })),
    endpoints: endpoints.map((one) => ({
      ...one,
      changedAt: by(one.changedAt),
      refusedAt: by(one.refusedAt),
      foundAt: by(one.foundAt),
    })),
  };
}

/** What is known of a quota; where nothing is, its configured limit. */
export function lessonOf(lessons: Lessons, quota: Quota): QuotaLesson {
  const known = lessons.quotas.find((one) => one.quota === quota.name);
  if (known?.configured === quota.limit) return known;
  return {
    quota: quota.name,
    configured: quota.limit,
    limit: quota.limit,
    good: quota.limit,
    step: 0,
    patience: 1,
    changedAt: 0,
    foreign: 0,
    foreignAt: 0,
    toldAt: 0,
  };
}

/** The lowest and the highest limit that a quota may be taken to have. */
export function boundsOf(quota: Quota, { learn, mostCost }: LearnTerms): [number, number] {
  const units = (amount: LearnSettings["floor"]): number =>
    amount.unit === "percent" ? Math.ceil((quota.limit * amount.value) / 100) : amount.value;
  const ceiling = Math.max(quota.limit, units(learn.ceiling));
  const floor = Math.max(1, mostCost, units(learn.floor));
  return [Math.min(floor, ceiling), ceiling];
}

/** The quotas as they are kept from now on: what the upstream allows, less what others spend. */
export function effectiveQuotas(lessons: Lessons, terms: LearnTerms): readonly Quota[] {
  if (!terms.learn.enabled) return terms.quotas;
  return terms.quotas.map((quota) => {
    const { limit, foreign } = lessonOf(lessons, quota);
    const [floor, ceiling] = boundsOf(quota, terms);
    return { ...quota, limit: Math.max(floor, Math.min(ceiling, limit - foreign)) };
  });
}

/** Lessons with a quota's in the place of the one before, and with the change told. */
export function withQuota(
  lessons: Lessons,
  lesson: QuotaLesson,
  change: LearnedChange | undefined,
): Lessons {
  const others = lessons.quotas.filter(({ quota }) => quota !== lesson.quota);
  return withChange({ ...lessons, quotas: [...others, lesson] }, change);
}

/** The same with one more change told. */
export function withChange(lessons: Lessons, change: LearnedChange | undefined): Lessons {
  if (change === undefined) return lessons;
  return { ...lessons, changes: [...lessons.changes, change].slice(-MOST_CHANGES) };
}
