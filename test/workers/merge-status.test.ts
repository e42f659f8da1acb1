import { describe, expect, it } from "vitest";
import { mergeStatus } from "../../src/workers/merge-status.ts";

function told(asked: number, waiting: number, changes: object = {}) {
  return {
    store: "sqlite",
    draining: false,
    total: { asked, failed: 0 },
    consumers: { [`c${asked}`]: { asked }, both: { asked } },
    upstreams: {
      api: { waiting, underWay: 1, storeLost: false, pausedForMs: waiting, standings: ["one"] },
    },
    purges: { done: 1 },
    ...changes,
  };
}

describe("mergeStatus()", () => {
  it("adds up counts, those who wait and what is under way", () => {
    expect(mergeStatus([told(1, 10), told(2, 20)])).toEqual({
      store: "sqlite",
      workers: 2,
      draining: false,
      total: { asked: 3, failed: 0 },
      consumers: { c1: { asked: 1 }, c2: { asked: 2 }, both: { asked: 3 } },
      upstreams: {
        api: { waiting: 30, underWay: 2, storeLost: false, pausedForMs: 20, standings: ["one"] },
      },
      purges: { done: 2 },
    });
  });

  it("drains where all drain", () => {
    const draining = told(1, 0, { draining: true });
    expect(mergeStatus([draining, told(1, 0)])["draining"]).toBe(false);
    expect(mergeStatus([draining, draining])["draining"]).toBe(true);
  });
});
