import { describe, expect, it } from "vitest";
import { Problem, problemTypes, type ProblemType } from "../../src/http/problem.ts";

const TYPES = Object.keys(problemTypes) as ProblemType[];

describe("problemTypes", () => {
  it.each([
    [429, ["queue-full", "deadline-passed", "too-many-wrong-keys"]],
    [503, ["draining", "store-unavailable", "upstream-down"]],
    [502, ["upstream-unreachable", "upstream-broke-off", "upstream-refused-key"]],
    [504, ["only-if-cached", "upstream-timeout"]],
    [401, ["unknown-consumer"]],
    [403, ["not-allowed"]],
  ])("answers %d for %j, and for nothing else", (status, types) => {
    expect(TYPES.filter((type) => problemTypes[type].status === status).toSorted()).toEqual(
      types.toSorted(),
    );
  });

  it("are all errors, told apart by title, named so that a URI and a label can hold them", () => {
    for (const type of TYPES) {
      expect(type).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
      expect(problemTypes[type].status).toBeGreaterThanOrEqual(400);
      expect(problemTypes[type].status).toBeLessThan(600);
    }
    expect(new Set(TYPES.map((type) => problemTypes[type].title)).size).toBe(TYPES.length);
  });
});

describe("Problem", () => {
  it("is an error with its type's status, the consumer's text as message, and its cause", () => {
    const cause = new Error("reset");
    const details = { detail: "Try again.", operatorNote: "10.0.0.1 is down", cause };
    const problem = new Problem("upstream-unreachable", details);
    expect(problem).toBeInstanceOf(Error);
    expect(problem).toMatchObject({ type: "upstream-unreachable", status: 502, cause, details });
    expect(problem.message).toBe("Try again.");
    expect(String(problem)).not.toContain("10.0.0.1");
  });
});
