import { NO_LESSONS, type LearnTerms, type Lessons } from "../../src/schedule/lessons.ts";
import { LEARN } from "./settings.ts";
import type { Refusal } from "../../src/schedule/refused.ts";

/** One quota of 200 a minute. */
export const LEARN_TERMS: LearnTerms = {
  quotas: [{ name: "api", limit: 200, windowMs: 60_000, padMs: 1000 }],
  learn: LEARN,
  mostCost: 1,
};

/** An instant, in epoch milliseconds. */
export const T = 1_800_000_000_000;

/** A 429 to an endpoint with a third of the traffic, when 150 units had been answered. */
export function refusal(changes: Partial<Refusal> = {}): Refusal {
  const now = changes.now ?? T;
  return {
    endpoint: "GET /a",
    now,
    departedAt: now - 30,
    units: new Map([["api", 150]]),
    share: 0.3,
    asked: changes.share ?? 0.3,
    answered: true,
    othersAnswered: true,
    fullest: 0,
    ...changes,
  };
}

/** Lessons with one of the quota, of 120 since `T`. */
export function lowered(changes: Partial<Lessons["quotas"][number]> = {}): Lessons {
  const lesson = {
    quota: "api",
    configured: 200,
    limit: 120,
    good: 120,
    step: 0,
    patience: 1,
    changedAt: T,
    foreign: 0,
    foreignAt: 0,
    toldAt: 0,
    ...changes,
  };
  return { ...NO_LESSONS, quotas: [lesson] };
}
