import { describe, expect, it } from "vitest";
import { Departures, paceMs } from "../../src/schedule/departures.ts";
import { outlook } from "../support/outlook.ts";
import { terms } from "../support/ledger-world.ts";

const RULE = terms({ quotas: [{ name: "q", limit: 20, windowMs: 6000, padMs: 200 }] });
const at = (changes: Parameters<typeof outlook>[0], all: number, paced = all): number =>
  new Departures(outlook(changes), RULE).of({ all, paced });

/** A window whose twenty units fall out of it a second from now, all at once. */
const BURST = {
  quotas: [
    {
      quota: "q",
      used: 20,
      frees: [
        { units: 1, inMs: 1000 },
        { units: 20, inMs: 1000 },
      ],
    },
  ],
};

describe("paceMs()", () => {
  it("is the tightest quota's", () => {
    const quotas = [
      { name: "a", limit: 20, windowMs: 6000, padMs: 200 },
      { name: "b", limit: 10, windowMs: 6000, padMs: 200 },
    ];
    expect(paceMs(terms({ quotas }))).toBe(620);
  });
});

describe("Departures.of()", () => {
  it("is at once for what the window has room for and needs no pace", () => {
    expect(at({}, 20, 0)).toBe(0);
    expect(new Departures(outlook({}), RULE).free).toBe(20);
  });

  it("keeps the rest to the pace, which may run late by two", () => {
    expect(at({ paceInMs: 100 }, 1)).toBe(100);
    expect(at({ paceInMs: 100 }, 3)).toBe(720);
    expect([1, 2, 3, 4].map((n) => at({ paceInMs: -9000 }, n))).toEqual([0, 0, 0, 310]);
  });

  it("waits for what falls out of the window, and spreads what falls out at once", () => {
    expect([1, 3, 4, 10].map((n) => at(BURST, n))).toEqual([1000, 1000, 1310, 3170]);
    expect(new Departures(outlook(BURST), RULE).surplus).toBeCloseTo(20 - 1000 / 310);
  });

  it("sends a unit beyond the limit a window after the one that it follows", () => {
    expect(at(BURST, 21)).toBe(1000 + 6200);
    expect(at(BURST, 41)).toBe(1000 + 2 * 6200);
  });

  it("draws straight lines between the points that it knows", () => {
    const frees = [
      { units: 1, inMs: 1000 },
      { units: 11, inMs: 6000 },
    ];
    expect(at({ quotas: [{ quota: "q", used: 20, frees }] }, 6)).toBe(3500);
  });

  it("begins after a pause with the probe and goes on at the pace", () => {
    expect([1, 2, 3].map((n) => at({ blockedForMs: 3000, probing: true }, n))).toEqual([
      3000, 3310, 3620,
    ]);
  });

  it("asks every window", () => {
    const quotas = [
      { name: "wide", limit: 1000, windowMs: 6000, padMs: 0 },
      { name: "long", limit: 2000, windowMs: 60_000, padMs: 0 },
    ];
    const frees = [{ units: 2000, inMs: 40_000 }];
    const long = outlook({ quotas: [{ quota: "long", used: 2000, frees }] });
    expect(new Departures(long, terms({ quotas })).of({ all: 1, paced: 0 })).toBe(40_000);
  });
});
