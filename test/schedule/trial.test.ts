import { describe, expect, it } from "vitest";
import { lessonOf, NO_LESSONS, type EndpointLesson } from "../../src/schedule/lessons.ts";
import { learnTime, shortestFirst } from "../../src/schedule/trial.ts";
import { LEARN_TERMS, lowered, T } from "../support/learning.ts";

const [QUOTA = { name: "", limit: 0, windowMs: 0, padMs: 0 }] = LEARN_TERMS.quotas;
const WINDOW = 61_000;

function standing(
  changes: { now?: number; spent?: number; waiting?: boolean; share?: number } = {},
) {
  const { now = T + WINDOW, spent = 118, waiting = true, share = 0.2 } = changes;
  return { now, spent: new Map([["api", spent]]), waiting, endpoint: "GET /a", share };
}

const ENDPOINT: EndpointLesson = {
  endpoint: "GET /a",
  limit: 20,
  good: 20,
  step: 0,
  patience: 1,
  changedAt: T,
  refusedAt: T,
  found: 20,
  foundAt: T,
  units: 100,
};

describe("learnTime()", () => {
  it("tries more of a limit that binds, a whole window after it fell", () => {
    const next = learnTime(lowered(), standing(), LEARN_TERMS);
    expect(lessonOf(next, QUOTA)).toMatchObject({ limit: 124, good: 120 });
    expect(next.changes).toHaveLength(1);
  });

  it("takes a limit for used up that the ledger lets no more through of, however long the pad is", () => {
    const padded = { ...QUOTA, windowMs: 4000, padMs: 200 };
    const terms = { ...LEARN_TERMS, quotas: [padded] };
    const spent = (120 * 4000) / 4200;
    const next = learnTime(lowered(), standing({ spent }), terms);
    expect(lessonOf(next, padded).limit).toBe(124);
  });

  it.each([
    ["nobody waits", { waiting: false }],
    ["it is not used up", { spent: 100 }],
    ["it fell within the window", { now: T + WINDOW - 1 }],
  ])("tries nothing where %s", (_, changes) => {
    const lessons = lowered();
    expect(learnTime(lessons, standing(changes), LEARN_TERMS)).toBe(lessons);
  });

  it("tries nothing above the ceiling, nor where the upstream tells its limit", () => {
    const whole = lowered({ limit: 200, good: 200 });
    expect(learnTime(whole, standing({ spent: 200 }), LEARN_TERMS)).toBe(whole);
    const told = lowered({ toldAt: T + WINDOW - 1000 });
    expect(learnTime(told, standing(), LEARN_TERMS)).toBe(told);
  });

  it("tries more of an endpoint that uses its own limit up", () => {
    const lessons = { ...NO_LESSONS, endpoints: [ENDPOINT] };
    const next = learnTime(lessons, standing({ spent: 100 }), LEARN_TERMS);
    expect(next.endpoints).toMatchObject([{ limit: 24, good: 20 }]);
    expect(learnTime(lessons, standing({ spent: 50 }), LEARN_TERMS)).toBe(lessons);
  });

  it("forgets an endpoint that was not refused for as long as is configured", () => {
    const lessons = { ...NO_LESSONS, endpoints: [ENDPOINT] };
    const day = standing({ now: T + 86_400_000, waiting: false, spent: 0 });
    const next = learnTime(lessons, day, LEARN_TERMS);
    expect([next.endpoints, next.changes.length]).toEqual([[], 1]);
  });
});

describe("shortestFirst()", () => {
  it("orders by the window", () => {
    expect(shortestFirst([{ windowMs: 3 }, { windowMs: 1 }])).toEqual([
      { windowMs: 1 },
      { windowMs: 3 },
    ]);
  });
});
