import { describe, expect, it } from "vitest";
import { accessRecord, newNotes, recordOfHit } from "../../src/observe/access-record.ts";
import { MOST_RECENT, RecentRecords } from "../../src/observe/recent-records.ts";

function record(requestId: string, path = "/x") {
  const ending = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;
  return accessRecord({ ...newNotes(requestId, "GET"), path }, ending);
}

const HIT_KIND = {
  method: "GET",
  path: "/x",
  upstream: "api",
  consumer: "sync",
  weight: 1,
  route: "r",
  policies: [],
  status: 200,
  bodyBytes: 1,
};

describe("RecentRecords", () => {
  it("finds all with an id, the latest first", () => {
    const recent = new RecentRecords();
    recent.add(record("a", "/1"), 1);
    recent.add(record("b", "/2"), 2);
    recent.add(record("a", "/3"), 3);
    expect(recent.find("a").map(({ path, endedAt }) => [path, endedAt])).toEqual([
      ["/3", 3],
      ["/1", 1],
    ]);
    expect(recent.find("c")).toEqual([]);
  });

  it("finds a hit as its whole record", () => {
    const recent = new RecentRecords();
    const kind = { ...HIT_KIND, path: `/${"x".repeat(600)}` };
    const hit = { kind, requestId: "h", isGivenId: false, ttlMs: 1, ageMs: 2, totalMs: 3 };
    recent.addHit(hit, 7);
    const path = `/${"x".repeat(511)}...`;
    expect(recent.find("h")).toEqual([{ ...recordOfHit(hit), path, endedAt: 7 }]);
  });

  it("forgets the oldest beyond its bound, and none before", () => {
    const recent = new RecentRecords();
    for (let index = 0; index <= MOST_RECENT; index += 1) recent.add(record(`r${index}`), index);
    expect(recent.find("r0")).toEqual([]);
    expect(recent.find("r1")).toHaveLength(1);
    expect(recent.find(`r${MOST_RECENT}`)).toHaveLength(1);
    recent.add(record("same"), 0);
    recent.add(record("same"), 1);
    expect(recent.find("same").map(({ endedAt }) => endedAt)).toEqual([1, 0]);
  });

  it("cuts long paths, so that what it keeps is bounded in bytes as well", () => {
    const recent = new RecentRecords();
    recent.add(record("a", `/${"x".repeat(16_000)}`), 0);
    expect(recent.find("a")[0]?.path?.length).toBe(515);
  });
});
