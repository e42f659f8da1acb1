import { describe, expect, it } from "vitest";
import { inTimeOf, outcomeOf, type Expectation, type StoredView } from "../src/expect.ts";
import type { ForwardView } from "../src/expect.ts";

function forecast(waitMs: number, waiting = 0) {
  return { place: 1, waitMs, boundMs: waitMs, share: 1, waiting };
}

const FREE: ForwardView = {
  cost: 1,
  mayWaitMs: 30_000,
  policies: [],
  pausedMs: 0,
  forecast: forecast(0),
  inTime: "yes",
  quotas: [],
};
const STALE: StoredView = {
  status: 200,
  ageMs: 2000,
  ttlMs: -1000,
  overridden: true,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  servesWhileRevalidated: false,
  servesOnError: false,
};
const ON_ERROR = { ...STALE, servesOnError: true };

function inTime(waitMs: number, mayWaitMs: number) {
  return inTimeOf(forecast(waitMs), mayWaitMs);
}

function outcome(changes: Partial<Expectation> = {}) {
  return outcomeOf({
    answers: false,
    onlyIfCached: false,
    forward: FREE,
    maxWaiting: 10,
    ...changes,
  });
}

describe("outcomeOf()", () => {
  it("answers from what is fresh, or taken stale by the request's own wish", () => {
    expect(outcome({ stored: { ...STALE, ttlMs: 5 }, answers: true })).toEqual({ kind: "stored" });
    expect(outcome({ stored: STALE, answers: true })).toEqual({ kind: "stored", why: "max-stale" });
  });

  it("answers from what is stale where that may be refreshed meanwhile, before only-if-cached counts", () => {
    const stored = { ...STALE, servesWhileRevalidated: true };
    const served = { kind: "stored", why: "stale-while-revalidate" };
    expect(outcome({ stored, onlyIfCached: true })).toEqual(served);
    const refused = { kind: "refused", problem: "only-if-cached" };
    expect(outcome({ stored: ON_ERROR, onlyIfCached: true })).toEqual(refused);
  });

  it("answers from what is stale during a pause, and forwards what is not stored", () => {
    const forward = { ...FREE, policies: [], pausedMs: 1000 };
    expect(outcome({ stored: ON_ERROR, forward })).toEqual({ kind: "stored", why: "paused" });
    expect(outcome({ stored: STALE, forward })).toEqual({ kind: "forwarded" });
    expect(outcome({ forward })).toEqual({ kind: "forwarded" });
  });

  it.each([
    ["deadline-passed", { ...FREE, forecast: forecast(60_000), inTime: "no" }],
    ["queue-full", { ...FREE, forecast: forecast(500, 10) }],
    [
      "store-unavailable",
      { cost: 1, mayWaitMs: 1, policies: [], pausedMs: 0, inTime: "unknown", quotas: [] },
    ],
  ] as const)("refuses with %s, unless something stale serves instead", (problem, forward) => {
    expect(outcome({ forward })).toEqual({ kind: "refused", problem });
    expect(outcome({ forward, stored: ON_ERROR })).toEqual({ kind: "stored", why: problem });
  });
});

describe("inTimeOf()", () => {
  it("is as sure as the scheduler is: what may yet leave in time is not refused", () => {
    expect([inTime(0, 0), inTime(900, 1000)]).toEqual(["yes", "yes"]);
    expect([inTime(1900, 1000), inTime(2100, 1000), inTime(5, 0)]).toEqual(["perhaps", "no", "no"]);
  });
});
