import { describe, expect, it } from "vitest";
import { Arrivals, meanUpTo } from "../../src/schedule/arrivals.ts";
import { outlook, standing } from "../support/outlook.ts";

/** Lets time pass second by second; `joined` says how many units were asked for by each. */
function watch(arrivals: Arrivals, seconds: readonly number[], joined: (second: number) => number) {
  for (const second of seconds) {
    const consumers = [standing("a", 0, { joined: joined(second) })];
    arrivals.learn(outlook({ atMs: second * 1000, consumers }));
  }
}

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("Arrivals.rates()", () => {
  it("knows nothing before a second is over", () => {
    const arrivals = new Arrivals({ concurrency: 10 });
    expect(arrivals.rates().get("a")).toBeUndefined();
    watch(arrivals, [0, 0.5], () => 5);
    expect(arrivals.rates().get("a")).toBe(0);
  });

  it("is taken over minutes while it stays the same", () => {
    const arrivals = new Arrivals({ concurrency: 10 });
    watch(arrivals, upTo(0, 250), (second) => 10 + 2 * second);
    expect(arrivals.rates().get("a")).toBeCloseTo(0.002);
  });

  it("follows a change within seconds", () => {
    const arrivals = new Arrivals({ concurrency: 10 });
    watch(arrivals, upTo(0, 250), (second) => 2 * Math.min(second, 235));
    expect(arrivals.rates().get("a")).toBe(0);
  });

  it("begins anew with a ledger that has lost its memory", () => {
    const arrivals = new Arrivals({ concurrency: 10 });
    watch(arrivals, upTo(0, 100), (second) => 5 * second);
    watch(arrivals, upTo(101, 104), (second) => second - 101);
    expect(arrivals.rates().get("a")).toBeCloseTo(0.001);
  });
});

describe("Arrivals.servedPerMs()", () => {
  it("is how fast units leave while every place is taken, and unknown otherwise", () => {
    const arrivals = new Arrivals({ concurrency: 2 });
    const learn = (second: number, underWay: number): void => {
      const consumers = [standing("a", 50, { joined: 50 + 3 * second })];
      arrivals.learn(outlook({ atMs: second * 1000, consumers, underWay }));
    };
    learn(0, 1);
    expect(arrivals.servedPerMs()).toBeUndefined();
    for (const second of [1, 2, 3]) learn(second, 2);
    expect(arrivals.servedPerMs()).toBeCloseTo(0.003);
    learn(4, 1);
    expect(arrivals.servedPerMs()).toBeUndefined();
  });
});

/** Those with steady lines, where four join in each second and so many wait. */
function steadyAfter(seconds: number, waiting: (second: number) => number): string[] {
  const arrivals = new Arrivals({ concurrency: 10 });
  for (const second of upTo(0, seconds)) {
    const consumers = [standing("a", waiting(second), { joined: second * 4 })];
    arrivals.learn(outlook({ atMs: second * 1000, consumers }));
  }
  return [...arrivals.steady()];
}

describe("Arrivals.steady()", () => {
  it("names who waits in a line that stays as long", () => {
    expect(steadyAfter(30, (second) => 20 + (second % 3))).toEqual(["a"]);
  });

  it("does not name whose line grows, or goes, or is none", () => {
    expect(steadyAfter(30, (second) => 20 + second)).toEqual([]);
    expect(steadyAfter(30, (second) => 50 - second)).toEqual([]);
    expect(steadyAfter(30, () => 0)).toEqual([]);
  });

  it("names nobody before a second is over, and says for how long it has watched", () => {
    expect(steadyAfter(0, () => 20)).toEqual([]);
    const arrivals = new Arrivals({ concurrency: 10 });
    expect(arrivals.spanMs).toBe(0);
    watch(arrivals, upTo(0, 30), () => 0);
    expect(arrivals.spanMs).toBe(30_000);
  });
});

describe("meanUpTo()", () => {
  it("is less than what is expected where chance matters, and all but the same of many", () => {
    // At least one of a Poisson count of mean 1 comes with probability 1 - 1/e.
    expect(meanUpTo(1, 1)).toBeCloseTo(1 - Math.exp(-1));
    expect(meanUpTo(0, 5)).toBe(0);
    expect(meanUpTo(2, 20)).toBeCloseTo(2);
    expect([meanUpTo(500, 30), meanUpTo(30, 500)]).toEqual([30, 30]);
  });
});
