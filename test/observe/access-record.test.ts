import { describe, expect, it } from "vitest";
import { accessRecord, newNotes, unaccounted } from "../../src/observe/access-record.ts";

const ENDING = { status: 200, totalMs: 12.345, bodyBytes: 7, end: "complete" } as const;

describe("accessRecord()", () => {
  it("tells of an exchange that was answered from store", () => {
    const notes = newNotes("r1", "GET");
    Object.assign(notes, {
      path: "/ticket/1",
      consumer: "sync",
      weight: 3,
      route: "GET /ticket/:id",
    });
    notes.cache = { kind: "hit", ttlMs: 4000 };
    notes.ageMs = 1234.56;
    expect(accessRecord(notes, ENDING)).toMatchObject({
      ageMs: 1234.6,
      requestId: "r1",
      path: "/ticket/1",
      consumer: "sync",
      weight: 3,
      cache: "hit",
      cacheStatus: "sluice;hit;ttl=4",
      totalMs: 12.3,
      forwards: 0,
      units: 0,
      problem: undefined,
    });
  });

  it("names RFC 9211's reason where it went forward", () => {
    const notes = newNotes("r1", "GET");
    notes.cache = { kind: "forward", reason: "stale", stored: true, collapsed: false };
    expect(accessRecord(notes, ENDING)).toMatchObject({
      cache: "stale",
      cacheStatus: "sluice;fwd=stale;stored",
    });
  });

  it("says why what was stale was given, whether the upstream was asked or not", () => {
    const notes = newNotes("r1", "GET");
    notes.stale = "slow";
    notes.cache = { kind: "hit", ttlMs: -2000, detail: "slow" };
    expect(accessRecord(notes, ENDING)).toMatchObject({ cache: "hit", stale: "slow" });
    notes.cache = {
      kind: "forward",
      reason: "stale",
      stored: false,
      collapsed: true,
      detail: "slow",
    };
    expect(accessRecord(notes, ENDING)).toMatchObject({
      cache: "stale",
      stale: "slow",
      collapsed: true,
    });
    expect(accessRecord(newNotes("r1", "GET"), ENDING).stale).toBeUndefined();
  });

  it("says none of one that never came as far as the cache", () => {
    const notes = newNotes("r1", "GET");
    notes.problem = "unknown-consumer";
    const record = accessRecord(notes, { ...ENDING, status: 401 });
    expect(record).toMatchObject({ cache: "none", status: 401, problem: "unknown-consumer" });
    expect(record.cacheStatus).toBeUndefined();
  });
});

describe("unaccounted()", () => {
  it("gives each part of a cost away once, the record's included", () => {
    const notes = newNotes("r1", "GET");
    Object.assign(notes, { forwards: 1, units: 3 });
    expect(accessRecord(notes, ENDING)).toMatchObject({ forwards: 1, units: 3, throttled: 0 });
    expect(unaccounted(notes)).toEqual({ forwards: 0, units: 0, throttled: 0 });
    Object.assign(notes, { forwards: 2, units: 3, throttled: 1 });
    expect(unaccounted(notes)).toEqual({ forwards: 1, units: 0, throttled: 1 });
  });

  it("leaves to the record what was its own when the rest was given to another", () => {
    const notes = newNotes("r1", "GET");
    Object.assign(notes, { forwards: 1, units: 3 });
    notes.own = unaccounted(notes);
    Object.assign(notes, { forwards: 2, units: 6 });
    expect(unaccounted(notes)).toEqual({ forwards: 1, units: 3, throttled: 0 });
    expect(accessRecord(notes, ENDING)).toMatchObject({ forwards: 1, units: 3 });
  });
});
