import { describe, expect, it } from "vitest";
import { problemTypes } from "../../src/http/problem.ts";
import {
  countNames,
  countsOfBackground,
  countsOfRecord,
  refusalTypes,
  tallyOf,
  waitBoundsMs,
} from "../../src/observe/account-counts.ts";
import { accessRecord, newNotes, type AccessRecord } from "../../src/observe/access-record.ts";

const ENDING = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;

function record(changes: Partial<AccessRecord> = {}): AccessRecord {
  return { ...accessRecord(newNotes("r", "GET"), ENDING), ...changes };
}

const tallied = (changes: Partial<AccessRecord>) => tallyOf(countsOfRecord(record(changes)));

describe("countsOfRecord()", () => {
  it.each([
    ["plain", {}, { asked: 1, fromStore: 1 }],
    ["left", { end: "client-left" }, { asked: 1, clientsLeft: 1 }],
    ["broken off", { end: "broken-off" }, { asked: 1, failed: 1 }],
    ["paid for", { forwards: 1, units: 2 }, { forwarded: 1, units: 2 }],
    ["free of charge", { forwards: 1 }, { forwarded: 1, units: 0 }],
    ["throttled", { throttled: 1 }, { throttled: 1 }],
  ] as const)("counts of a hit that was %s all that it was", (_what, changes, counts) => {
    expect(tallied({ cache: "hit", ...changes })).toMatchObject(counts);
  });

  it("counts what Counts counts, and the units", () => {
    expect(tallied({ cache: "hit", stale: "paused" })).toMatchObject({
      asked: 1,
      fromStore: 1,
      stale: 1,
      forwarded: 0,
      units: 0,
    });
    expect(tallied({ forwards: 2, units: 6, throttled: 1 })).toMatchObject({
      asked: 1,
      forwarded: 2,
      units: 6,
      throttled: 1,
    });
    expect(tallied({ collapsed: true, end: "client-left" })).toMatchObject({
      collapsed: 1,
      clientsLeft: 1,
    });
  });

  it("keeps the weight of those who had work for the quota, each time", () => {
    const sent = countsOfRecord(record({ forwards: 1, weight: 3 }));
    expect(sent).toMatchObject({ k: 1, g: 3 });
    const full = countsOfRecord(record({ problem: "queue-full", status: 429, weight: 2 }));
    expect(full).toMatchObject({ k: 1, g: 2 });
    expect(countsOfRecord(record({ cache: "hit", weight: 3 }))).toEqual({ a: 1, h: 1 });
    expect(countsOfRecord(record({ forwards: 1 }))).not.toHaveProperty("g");
  });

  it("counts refusals by their problem, and failures as such", () => {
    const refused = tallied({ problem: "queue-full", status: 429 });
    expect(refused).toMatchObject({ refused: { "queue-full": 1 }, failed: 0 });
    const failed = tallied({ problem: "upstream-timeout", status: 504 });
    expect(failed).toMatchObject({ refused: {}, failed: 1 });
    expect(tallied({ status: 429 })).toMatchObject({ refused: {}, failed: 0 });
  });

  it("has a name for each refusal there is, and none for a failure", () => {
    const names = Object.entries(problemTypes)
      .filter(([, { status }]) => ![500, 502, 504].includes(status))
      .map(([name]) => name);
    expect(refusalTypes).toEqual(names);
  });

  it.each([
    ["0 ms", { forwards: 1, queueMs: 0 }, 10],
    ["10 ms", { forwards: 1, queueMs: 10 }, 10],
    ["10.1 ms", { forwards: 1, queueMs: 10.1 }, 50],
    ["a minute", { forwards: 1, queueMs: 60_000 }, 60_000],
    ["longer", { forwards: 1, queueMs: 60_001 }, null],
    ["for another's forward", { forwards: 0, queueMs: 300 }, 500],
    ["in vain", { problem: "deadline-passed", status: 429, totalMs: 2000 }, 2500],
  ] as const)("puts a wait of %s into the histogram", (_what, changes, upToMs) => {
    const { waited } = tallied(changes);
    expect(waited.count).toBe(1);
    expect(waited.histogram.find(({ count }) => count === 1)?.upToMs).toBe(upToMs);
    const ms = "totalMs" in changes ? changes.totalMs : changes.queueMs;
    expect(waited.totalMs).toBe(Math.round(ms));
  });

  it("counts no wait of who had nothing to wait for", () => {
    expect(tallied({ cache: "hit" }).waited).toMatchObject({ count: 0, totalMs: 0 });
  });

  it("keeps no zeros", () => {
    expect(countsOfRecord(record({ cache: "hit" }))).toEqual({ a: 1, h: 1 });
  });
});

describe("countsOfBackground()", () => {
  it("counts what was sent, without an exchange, and units given back", () => {
    const cost = countsOfBackground({ forwards: 1, units: 3, throttled: 1 });
    expect(tallyOf(cost)).toMatchObject({ asked: 0, forwarded: 1, units: 3, throttled: 1 });
    expect(countsOfBackground({ forwards: 0, units: -1, throttled: 0 })).toEqual({ u: -1 });
  });
});

describe("tallyOf()", () => {
  it("is all zeros of nothing, with every count and bucket there is", () => {
    const tally = tallyOf({});
    expect(countNames.map((name) => tally[name])).toEqual(countNames.map(() => 0));
    expect(tally.waited.histogram.map(({ upToMs }) => upToMs)).toEqual([...waitBoundsMs, null]);
    expect(tally.refused).toEqual({});
  });
});
