import { describe, expect, it } from "vitest";
import { compare, outcomeOf, scoresOf, table, type SuiteTest } from "./score.ts";

const SUITE: readonly SuiteTest[] = [
  { id: "must" },
  { id: "must-too", kind: "required", depends_on: ["must"] },
  { id: "should", kind: "optimal", depends_on: ["must-too"] },
  { id: "may", kind: "check" },
  { id: "apart", kind: "surrogate" },
  { id: "in-browsers", browser_only: true },
];
const TESTS = new Map(SUITE.map((test) => [test.id, test]));
const ALL = { must: true, "must-too": true, should: true, may: true, apart: true } as const;

function outcome(id: string, results: Parameters<typeof outcomeOf>[2]) {
  const test = TESTS.get(id);
  if (!test) throw new Error(id);
  return outcomeOf(test, TESTS, results);
}

describe("outcomeOf()", () => {
  it("takes a test for passed only where all that it depends on is", () => {
    expect(outcome("should", ALL)).toEqual({ kind: "passed" });
    const without = { ...ALL, must: ["Assertion", "from cache"] } as const;
    expect(outcome("must", without)).toEqual({ kind: "failed", why: "from cache" });
    // By way of the test between them, although both have passed themselves.
    expect(outcome("should", without)).toEqual({ kind: "dependency", on: "must-too" });
  });

  it("tells what did not come as far as its question, and what was not run", () => {
    expect(outcome("must", { must: ["Setup", "retry"] })).toEqual({ kind: "setup", why: "retry" });
    expect(outcome("must", { must: ["FetchError"] })).toEqual({
      kind: "failed",
      why: "FetchError",
    });
    expect(outcome("must", {})).toEqual({ kind: "untested" });
  });

  it("refuses a suite that lacks what a test depends on", () => {
    const odd = { id: "odd", depends_on: ["none"] };
    expect(() => outcomeOf(odd, TESTS, { odd: true })).toThrow("none");
  });
});

describe("scoresOf()", () => {
  it("counts by kind, required where none is given, and no test for browsers", () => {
    const scores = scoresOf(SUITE, { ...ALL, "must-too": ["Assertion", "stale"] });
    expect(scores).toEqual({
      required: { passed: 1, failed: 1, total: 2, missing: ["must-too: stale"] },
      optimal: { passed: 0, failed: 0, total: 1, missing: ["should: (needs must-too)"] },
      check: { passed: 1, failed: 0, total: 1, missing: [] },
      surrogate: { passed: 1, failed: 0, total: 1, missing: [] },
    });
    const none = scoresOf(SUITE, { must: ["Setup", "x"] });
    expect(none.required.missing).toEqual(["must: (setup) x", "must-too: (not run)"]);
  });
});

describe("compare()", () => {
  const scores = scoresOf(SUITE, ALL);

  it("says nothing where all is as it was", () => {
    const comparison = compare(scores, { required: 2, optimal: 1, check: 1, surrogate: 1 });
    expect(comparison).toEqual({ lost: 0, notes: [] });
  });

  it("counts what is lost in one kind, which more in another does not make good", () => {
    const { lost, notes } = compare(scores, { required: 4, optimal: 0, check: 2, surrogate: 1 });
    expect(lost).toBe(3);
    expect(notes.map((note) => note.split(",")[1]?.trim())).toEqual([
      "2 fewer than test/conformance/scores.json has",
      "1 more than test/conformance/scores.json has; raise it",
      "1 fewer than test/conformance/scores.json has",
    ]);
  });

  it("has nothing to lose where nothing was reached", () => {
    expect(compare(scores, undefined).lost).toBe(0);
  });
});

describe("table()", () => {
  it("has a line a profile and kind, with what passed, failed and could not be told", () => {
    const results = { must: true, "must-too": ["Assertion", "x"], should: true } as const;
    const lines = table(new Map([["default", scoresOf(SUITE, results)]])).split("\n");
    expect(lines.map((line) => line.trim().replaceAll(/ +/g, " "))).toEqual([
      "profile tests passed failed not told",
      "default required 1/2 50.0 % 1 0",
      "default optimal 0/1 0.0 % 0 1",
      "default check 0/1 0.0 % 0 1",
      "default surrogate 0/1 0.0 % 0 1",
    ]);
  });
});
