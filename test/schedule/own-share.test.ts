import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fits, ownReport, ownTerms, partOf, partOfLimit } from "../../src/schedule/own-share.ts";
import { joining } from "../support/book.ts";
import { terms } from "../support/ledger-world.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g"];

describe("partOf() and partOfLimit()", () => {
  it("give parts that make the limit where all know of the same processes", () => {
    const names = fc.subarray(NAMES, { minLength: 1 });
    fc.assert(
      fc.property(names, fc.nat(500), (known, limit) => {
        const parts = known.map((name) => partOfLimit(limit, partOf(name, known)));
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(limit);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("never give more than the limit where each knows of all the living, and some of others too", () => {
    const living = fc.subarray(NAMES, { minLength: 1 });
    const more = fc.array(fc.subarray(NAMES), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(living, more, fc.nat(300), (alive, others, limit) => {
        const parts = alive.map((name, index) =>
          partOfLimit(limit, partOf(name, [...alive, ...(others[index] ?? [])])),
        );
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it("count the process itself where nobody told of it", () => {
    expect(partOf("b", ["a", "c"])).toEqual({ place: 1, processes: 3 });
  });
});

describe("ownTerms()", () => {
  it("divides limits, concurrency and the line, and never says nought", () => {
    const part = { place: 2, processes: 3 };
    expect(ownTerms(terms({ concurrency: 2, maxWaiting: 10 }), part)).toMatchObject({
      quotas: [{ limit: 6, windowMs: 6000, padMs: 200 }],
      concurrency: 1,
      maxWaiting: 3,
    });
  });
});

describe("fits()", () => {
  const part = { place: 1, processes: 3 };
  const stand = { part, terms: terms(), lostForMs: 7000 };
  const policy = { name: "r", limit: 3, windowMs: 5000, padMs: 100 };

  it("is false of what costs more than the part of any quota", () => {
    expect([7, 8].map((cost) => fits(joining("t", { cost }), stand))).toEqual([true, false]);
    const [one, two] = [1, 2].map((cost) => joining("t", { cost, policies: [policy] }));
    expect([one, two].map((join) => join && fits(join, stand))).toEqual([true, false]);
  });

  it("is false under an inner quota that may still count what others sent, and without any place", () => {
    const long = joining("t", { policies: [{ ...policy, windowMs: 60_000 }] });
    expect(fits(long, stand)).toBe(false);
    expect(fits(long, { ...stand, lostForMs: 60_100 })).toBe(true);
    expect(fits(joining("t"), { ...stand, terms: terms({ concurrency: 1 }) })).toBe(false);
  });
});

describe("ownReport()", () => {
  it("divides the inner quotas of all that it tells, and leaves out what does not fit", () => {
    const policies = [{ name: "r", limit: 9, windowMs: 5000, padMs: 100 }];
    const departed = { ticket: "d", consumer: "a", cost: 1, agoMs: 5, underWay: true, policies };
    const report = {
      process: "b",
      sequence: 1,
      joins: [joining("j", { policies }), joining("big", { cost: 9 })],
      leaves: [],
      ended: [],
      returned: [],
      everything: {
        waiting: [joining("w"), joining("huge", { cost: 20 })],
        departed: [departed],
        peers: [],
      },
    };
    const part = { place: 1, processes: 3 };
    const own = ownReport(report, { part, terms: terms(), lostForMs: 7000 });
    expect(own.unfit).toEqual(["big", "huge"]);
    const scaled = [{ ...policies[0], limit: 3 }];
    expect(own.report.joins).toEqual([{ ...joining("j"), policies: scaled }]);
    expect(own.report.everything).toEqual({
      waiting: [joining("w")],
      departed: [{ ...departed, policies: scaled }],
      peers: [],
    });
  });
});
