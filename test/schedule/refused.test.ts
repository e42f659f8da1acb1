import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectiveQuotas, lessonOf, NO_LESSONS, type Lessons } from "../../src/schedule/lessons.ts";
import { learnRefusal } from "../../src/schedule/refused.ts";
import { LEARN_TERMS, lowered, refusal, T } from "../support/learning.ts";

const [QUOTA = { name: "", limit: 0, windowMs: 0, padMs: 0 }] = LEARN_TERMS.quotas;
const units = (count: number) => new Map([["api", count]]);
const limitOf = (lessons: Lessons) => lessonOf(lessons, QUOTA).limit;

/** What is known after refusals, one after the other. */
function after(...refusals: Parameters<typeof refusal>[0][]): Lessons {
  return refusals.reduce<Lessons>(
    (lessons, changes, index) =>
      learnRefusal(lessons, refusal({ now: T + index * 10_000, ...changes }), LEARN_TERMS),
    NO_LESSONS,
  );
}

describe("learnRefusal()", () => {
  it("lowers nothing at first, and the quota when another endpoint is refused", () => {
    const first = after({ units: units(196) });
    expect([limitOf(first), first.suspicion?.endpoint]).toEqual([200, "GET /a"]);
    const second = after({ units: units(196) }, { endpoint: "GET /b", units: units(120) });
    expect([limitOf(second), second.suspicion, second.endpoints]).toEqual([120, undefined, []]);
    expect(second.changes).toMatchObject([{ kind: "limit", subject: "api", from: 200, to: 120 }]);
  });

  it("lowers the quota at once where hardly anything else is asked for", () => {
    expect(limitOf(after({ share: 1, units: units(120) }))).toBe(120);
    expect(limitOf(after({ share: 1, asked: 0.5, units: units(120) }))).toBe(200);
  });

  it("finds an endpoint that is refused again at its own count though others were answered", () => {
    const found = after({ units: units(100), share: 0.2 }, { units: units(80), share: 0.25 });
    expect(found.endpoints).toMatchObject([{ endpoint: "GET /a", limit: 20 }]);
    expect(limitOf(found)).toBe(200);
  });

  it("takes it for the quota where its own count is another, or it is most of the traffic", () => {
    expect(limitOf(after({ units: units(196) }, { units: units(120) }))).toBe(120);
    expect(limitOf(after({ share: 0.8 }, { share: 0.8 }))).toBe(150);
  });

  it("does not take for the quota what is refused first after a pause while others wait for their turn", () => {
    // It was answered alone, since it stood first in line; a third is what is asked for.
    const first = { share: 1, asked: 0.3, units: units(20), othersAnswered: false };
    expect(limitOf(after(first, first))).toBe(200);
    const before = after({ share: 0.1 }, first);
    expect(before.suspicion).toMatchObject({ units: 20, share: 1, at: T + 10_000 });
    const third = { now: T + 140_000, share: 0.03, asked: 0.3, units: units(170) };
    const found = learnRefusal(before, refusal(third), LEARN_TERMS);
    expect(limitOf(found)).toBe(200);
    expect(found.endpoints).toMatchObject([{ endpoint: "GET /a" }]);
  });

  it("knows an endpoint with most of the traffic by the others that a fuller window let through", () => {
    const found = after({ share: 0.8 }, { share: 0.8, fullest: 190 });
    expect(found.endpoints).toMatchObject([{ endpoint: "GET /a", limit: 120 }]);
  });

  it("gives back what it took from the quota when it finds that an endpoint was meant", () => {
    const first = after({ share: 0.95, units: units(100) });
    expect(limitOf(first)).toBe(100);
    const later = { now: T + 90_000, share: 0.95, units: units(100), fullest: 120 };
    const found = learnRefusal(first, refusal(later), LEARN_TERMS);
    expect([limitOf(found), found.endpoints.length]).toEqual([200, 1]);
  });

  it("says nothing twice: what left before the last refusal was known, and what came before any answer", () => {
    const first = after({});
    const same = refusal({ now: T + 5, departedAt: T - 30 });
    expect(learnRefusal(first, same, LEARN_TERMS)).toBe(first);
    const probe = learnRefusal(first, refusal({ now: T + 900, answered: false }), LEARN_TERMS);
    expect([limitOf(probe), probe.suspicion]).toEqual([200, first.suspicion]);
  });

  it("knows by two endpoints that are refused at once that it is the quota", () => {
    const other = refusal({ now: T + 5, departedAt: T - 30, endpoint: "GET /b" });
    expect(limitOf(learnRefusal(after({}), other, LEARN_TERMS))).toBe(150);
  });

  it("falls on while it falls, and blames a trial for its own refusal", () => {
    const falling = after({ units: units(193) }, { endpoint: "GET /b", units: units(193) });
    const next = learnRefusal(
      falling,
      refusal({ now: T + 15_000, units: units(185) }),
      LEARN_TERMS,
    );
    expect([limitOf(next), next.suspicion]).toEqual([115, undefined]);
    const trying = lowered({ limit: 124, changedAt: T - 70_000 });
    const back = learnRefusal(trying, refusal({ units: units(121) }), LEARN_TERMS);
    expect([limitOf(back), back.suspicion]).toEqual([120, undefined]);
  });

  it("takes two endpoints that are found one after the other, and are most of the traffic, for the quota", () => {
    const a = { share: 0.4 };
    const b = { endpoint: "GET /b", share: 0.4 };
    const one = after(a, a);
    expect(one.endpoints).toHaveLength(1);
    const both = [refusal({ ...b, now: T + 30_000 }), refusal({ ...b, now: T + 40_000 })].reduce(
      (lessons, next) => learnRefusal(lessons, next, LEARN_TERMS),
      one,
    );
    expect([limitOf(both), both.endpoints]).toEqual([150, []]);
  });

  it("forgets endpoints whose refusals came at the count at which another is refused now", () => {
    const found = after({}, {});
    const other = { endpoint: "GET /b", units: units(152) };
    const noted = learnRefusal(found, refusal({ ...other, now: T + 30_000 }), LEARN_TERMS);
    const third = { endpoint: "GET /c", now: T + 40_000 };
    const settled = learnRefusal(noted, refusal(third), LEARN_TERMS);
    expect([limitOf(settled), settled.endpoints]).toEqual([150, []]);
  });

  it("lowers a known endpoint alone, until it is plain that it has no limit of its own", () => {
    const found = after({ units: units(100), share: 0.2 }, { units: units(100), share: 0.2 });
    const lower = { now: T + 80_000, units: units(90), share: 0.2 };
    const next = learnRefusal(found, refusal(lower), LEARN_TERMS);
    expect([next.endpoints[0]?.limit, limitOf(next)]).toEqual([18, 200]);
    const far = learnRefusal(
      next,
      refusal({ ...lower, now: T + 90_000, share: 0.05 }),
      LEARN_TERMS,
    );
    expect(far.endpoints).toEqual([]);
  });

  it("leaves a quota alone that the upstream tells of", () => {
    const told = lowered({ limit: 200, good: 200, toldAt: T - 1000 });
    const spent = refusal({ share: 1, left: "none" });
    expect(learnRefusal(told, spent, LEARN_TERMS)).toBe(told);
    const some = learnRefusal(told, refusal({ share: 1, left: "some" }), LEARN_TERMS);
    expect([limitOf(some), some.suspicion?.endpoint]).toEqual([200, "GET /a"]);
  });

  it("blames the quota whose window is as long as the pause", () => {
    const hour = { name: "hour", limit: 5000, windowMs: 3_600_000, padMs: 1000 };
    const terms = { ...LEARN_TERMS, quotas: [...LEARN_TERMS.quotas, hour] };
    const counted = new Map([
      ["api", 190],
      ["hour", 3000],
    ]);
    const long = refusal({ share: 1, units: counted, pauseMs: 1_200_000 });
    expect(learnRefusal(NO_LESSONS, long, terms).changes).toMatchObject([{ subject: "hour" }]);
    const short = refusal({ share: 1, units: counted, pauseMs: 5000 });
    expect(learnRefusal(NO_LESSONS, short, terms).changes).toMatchObject([{ subject: "api" }]);
  });

  it("keeps every limit between floor and ceiling, whatever comes", () => {
    const one = fc.record({
      endpoint: fc.constantFrom("GET /a", "GET /b", "GET /c"),
      after: fc.integer({ min: 0, max: 200_000 }),
      left: fc.constantFrom("some", "none", undefined),
      count: fc.double({ min: 0, max: 400, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      answered: fc.boolean(),
      othersAnswered: fc.boolean(),
      fullest: fc.double({ min: 0, max: 400, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), (list) => {
        let [lessons, now] = [NO_LESSONS, T];
        for (const { after: ms, count, ...changes } of list) {
          now += ms;
          const next = refusal({ ...changes, now, units: units(count) });
          lessons = learnRefusal(lessons, next, LEARN_TERMS);
          const [quota] = effectiveQuotas(lessons, LEARN_TERMS);
          expect(quota?.limit).toBeGreaterThanOrEqual(20);
          expect(quota?.limit).toBeLessThanOrEqual(200);
          expect(lessons.endpoints.every(({ limit }) => limit >= 1)).toBe(true);
        }
      }),
    );
  });
});
