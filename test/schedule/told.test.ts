import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lessonOf, NO_LESSONS, type Lessons } from "../../src/schedule/lessons.ts";
import { fade, learnTold, toldOf } from "../../src/schedule/told.ts";
import { LEARN_TERMS, T } from "../support/learning.ts";
import type { ToldLimit } from "../../src/http/upstream-limits.ts";

const [QUOTA = { name: "", limit: 0, windowMs: 0, padMs: 0 }] = LEARN_TERMS.quotas;
const MINUTE = 60_000;

function tell(
  lessons: Lessons,
  told: Partial<ToldLimit>,
  at: { now?: number; spent?: number; endpoint?: string } = {},
) {
  const { now = T, spent = 0, endpoint = "GET /a" } = at;
  const telling = {
    now,
    endpoint,
    told: [{ scope: "api" as const, ...told }],
    spent: new Map([["api", spent]]),
  };
  return learnTold(lessons, telling, LEARN_TERMS);
}

const lesson = (lessons: Lessons) => lessonOf(lessons, QUOTA);

describe("learnTold()", () => {
  it("takes the told limit, within floor and ceiling, and says why", () => {
    const told = tell(NO_LESSONS, { limit: 120, windowMs: MINUTE });
    expect(lesson(told).limit).toBe(120);
    expect(told.changes).toMatchObject([
      { from: 200, to: 120, reason: expect.stringContaining("120") },
    ]);
    expect(lesson(tell(NO_LESSONS, { limit: 1, windowMs: MINUTE })).limit).toBe(20);
    expect(lesson(tell(told, { limit: 900, windowMs: MINUTE }, { now: T + 1 })).limit).toBe(200);
  });

  it("writes nothing where it is told again what it knows", () => {
    const told = tell(NO_LESSONS, { limit: 120 });
    expect(tell(told, { limit: 120 }, { now: T + 1000 })).toBe(told);
    expect(lesson(tell(told, { limit: 120 }, { now: T + MINUTE })).toldAt).toBe(T + MINUTE);
  });

  it("leaves less than another endpoint has told within a window to the endpoint that tells it", () => {
    const search = { limit: 30, remaining: 10 };
    const told = tell(NO_LESSONS, { limit: 200, remaining: 190 }, { spent: 10 });
    expect(tell(told, search, { now: T + 1, endpoint: "GET /search" })).toBe(told);
    // Which of two told first makes no difference, and one whose limit was lowered tells so.
    const first = tell(NO_LESSONS, { limit: 30 }, { endpoint: "GET /search" });
    expect(lesson(tell(first, { limit: 200 }, { now: T + 1 })).limit).toBe(200);
    expect(lesson(tell(told, { limit: 120 }, { now: T + 1 })).limit).toBe(120);
    const later = { now: T + MINUTE, endpoint: "GET /search" };
    expect(lesson(tell(told, { limit: 120 }, later)).limit).toBe(120);
    expect(lesson(tell(told, { limit: 200 }, { now: T + MINUTE / 2 })).toldAt).toBe(T + MINUTE / 2);
  });

  it("takes an hour's count that ends within the minute for no count of the minute", () => {
    const hour = { limit: 5000, remaining: 100, resetMs: 20_000 };
    expect(tell(NO_LESSONS, hour, { spent: 60 })).toBe(NO_LESSONS);
  });

  it("keeps free what others spend, a little more than is seen, and no noise", () => {
    const told = tell(NO_LESSONS, { limit: 200, remaining: 60 }, { spent: 60 });
    expect(lesson(told).foreign).toBe(84);
    expect(lesson(tell(NO_LESSONS, { limit: 200, remaining: 137 }, { spent: 60 })).foreign).toBe(0);
    expect(lesson(tell(NO_LESSONS, { limit: 200, remaining: 180 }, { spent: 60 })).foreign).toBe(0);
  });

  it("never keeps less than nothing or more than all for others, whatever is told", () => {
    const number = fc.option(fc.nat(1000), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number, fc.nat(300), fc.nat(90_000))), (list) => {
        let [lessons, now] = [NO_LESSONS, T];
        for (const [limit, remaining, spent, ms] of list) {
          now += ms;
          const told = {
            ...(limit === undefined ? {} : { limit }),
            ...(remaining === undefined ? {} : { remaining }),
          };
          lessons = tell(lessons, told, { now, spent });
          const { foreign, limit: known } = lesson(lessons);
          expect(foreign).toBeGreaterThanOrEqual(0);
          expect(foreign).toBeLessThanOrEqual(1030);
          expect(known).toBeGreaterThanOrEqual(20);
          expect(known).toBeLessThanOrEqual(200);
        }
      }),
    );
  });
});

describe("fade()", () => {
  it("gives back by halves what has not been seen for a window", () => {
    let lessons = tell(NO_LESSONS, { limit: 200, remaining: 60 }, { spent: 60 });
    expect(fade(lessons, T + MINUTE - 1, LEARN_TERMS)).toBe(lessons);
    const left: number[] = [];
    for (let now = T + MINUTE; lesson(lessons).foreign > 0; now += MINUTE / 4) {
      lessons = fade(lessons, now, LEARN_TERMS);
      left.push(lesson(lessons).foreign);
    }
    expect(left).toEqual([42, 21, 10, 5, 0]);
  });
});

const of = (...told: Partial<ToldLimit>[]) =>
  toldOf(
    told.map((one) => ({ scope: "api", ...one })),
    QUOTA,
    true,
  )?.limit;

describe("toldOf()", () => {
  it("takes the tightest limit over the same window", () => {
    expect(of({ limit: 300, windowMs: MINUTE }, { limit: 150, windowMs: MINUTE })).toBe(150);
  });

  it("leaves what is told of another window, of an endpoint, or resets later than this window can", () => {
    expect(of({ limit: 5000, windowMs: 3_600_000 })).toBeUndefined();
    expect(of({ limit: 10, windowMs: MINUTE, scope: "endpoint" })).toBeUndefined();
    expect(of({ limit: 5000, resetMs: 2_000_000 })).toBeUndefined();
    expect(toldOf([{ scope: "api", limit: 100 }], QUOTA, false)).toBeUndefined();
  });
});
