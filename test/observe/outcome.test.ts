import { describe, expect, it } from "vitest";
import { accessRecord, newNotes, type AccessRecord } from "../../src/observe/access-record.ts";
import { outcomeOf, outcomes } from "../../src/observe/outcome.ts";

const ENDING = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;

const CASES: readonly (readonly [Partial<AccessRecord>, (typeof outcomes)[number]])[] = [
  [{ cache: "hit" }, "hit"],
  [{ cache: "hit", stale: "slow" }, "stale"],
  [{ cache: "stale", stale: "slow", collapsed: true }, "stale"],
  [{ cache: "uri-miss", collapsed: true }, "collapsed"],
  [{ cache: "uri-miss" }, "forwarded"],
  [{ cache: "bypass", status: 500 }, "forwarded"],
  [{ problem: "queue-full", status: 429 }, "refused"],
  [{ problem: "draining", status: 503 }, "refused"],
  [{ problem: "upstream-timeout", status: 504, collapsed: true }, "failed"],
  [{ cache: "hit", end: "broken-off" }, "failed"],
  [{ cache: "hit", end: "client-left" }, "client-left"],
];

describe("outcomeOf()", () => {
  it.each(CASES)("tells of %j that it is %s", (changes, outcome) => {
    const record = accessRecord(newNotes("r", "GET"), ENDING);
    expect(outcomeOf({ ...record, ...changes })).toBe(outcome);
  });

  it("has a case for each outcome", () => {
    expect(new Set(CASES.map(([, outcome]) => outcome))).toEqual(new Set(outcomes));
  });
});
