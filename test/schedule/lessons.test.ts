import { describe, expect, it } from "vitest";
import {
  boundsOf,
  effectiveQuotas,
  lessonOf,
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
