import { describe, expect, it } from "vitest";
import {
  boundsOf,
  effectiveQuotas,
  lessonOf,
  lessonsBy,
  NO_LESSONS,
  readLessons,
  withChange,
  withQuota,
  writeLessons,
} from "../../src/schedule/lessons.ts";
import { LEARN_TERMS, lowered, T } from "../support/learning.ts";

const [QUOTA = { name: "", limit: 0, windowMs: 0, padMs: 0 }] = LEARN_TERMS.quotas;
const limitOf = (lessons = lowered(), terms = LEARN_TERMS) =>
  effectiveQuotas(lessons, terms)[0]?.limit;

describe("readLessons()", () => {
  it("reads what was written, and takes what it cannot read for nothing", () => {
    expect(readLessons(writeLessons(lowered()))).toEqual(lowered());
    for (const text of ["", "{", "null", '{"quotas":1}', '{"quotas":[{"limit":"x"}]}']) {
      expect(readLessons(text)).toEqual(NO_LESSONS);
    }
  });
});

describe("lessonOf()", () => {
  it("begins anew where another limit is configured", () => {
    expect(lessonOf(lowered(), QUOTA).limit).toBe(120);
    expect(lessonOf(lowered({ configured: 300 }), QUOTA).limit).toBe(200);
  });
});

describe("lessonsBy()", () => {
  const endpoint = { ...lowered().quotas[0], endpoint: "GET /a", refusedAt: T, foundAt: T };
  const known = {
    ...lowered({ changedAt: T, foreignAt: T, toldAt: T }),
    endpoints: [
      { limit: 1, good: 1, step: 0, patience: 1, changedAt: T, found: 1, units: 1, ...endpoint },
    ],
    suspicion: { endpoint: "GET /b", at: T, units: 1, share: 1, quota: "api", before: 1 },
    refusedAt: T,
  };

  it("leaves lessons as they are while no instant is more than a minute ahead", () => {
    for (const now of [T - 60_000, T, T + 1e9]) expect(lessonsBy(known, now)).toBe(known);
    expect(lessonsBy(NO_LESSONS, T)).toBe(NO_LESSONS);
  });

  it("takes each instant that is further ahead for now", () => {
    const now = T - 60_001;
    const told = JSON.stringify(known).replaceAll(String(T), String(now));
    expect(lessonsBy(known, now)).toEqual(JSON.parse(told));
    expect(lessonsBy({ ...known, refusedAt: 7 }, now).refusedAt).toBe(7);
  });
});

describe("effectiveQuotas()", () => {
  it("is what the upstream allows less what others spend, between floor and ceiling", () => {
    expect(limitOf()).toBe(120);
    expect(limitOf(lowered({ foreign: 30 }))).toBe(90);
    expect(limitOf(lowered({ foreign: 500 }))).toBe(20);
    expect(limitOf(lowered({ limit: 900 }))).toBe(200);
    expect(limitOf(lowered({ limit: 3 }), { ...LEARN_TERMS, mostCost: 50 })).toBe(50);
  });
});

describe("boundsOf()", () => {
  it("takes parts of the configured limit, or units, and never a ceiling below that limit", () => {
    expect(boundsOf(QUOTA, LEARN_TERMS)).toEqual([20, 200]);
    const learn = {
      ...LEARN_TERMS.learn,
      floor: { unit: "units", value: 500 },
      ceiling: { unit: "units", value: 100 },
    } as const;
    expect(boundsOf(QUOTA, { ...LEARN_TERMS, learn })).toEqual([200, 200]);
  });
});

describe("withChange()", () => {
  it("keeps the last twenty, in their order", () => {
    const change = { at: T, kind: "limit", subject: "api", from: 2, to: 1, reason: "" } as const;
    let lessons = withQuota(NO_LESSONS, lessonOf(NO_LESSONS, QUOTA), undefined);
    expect(lessons.changes).toEqual([]);
    for (let at = 0; at < 30; at += 1) lessons = withChange(lessons, { ...change, at });
    expect(lessons.changes.map(({ at }) => at)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 10),
    );
  });
});
