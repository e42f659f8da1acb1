import { describe, expect, it } from "vitest";
import { oneCutOff, partitionTrial } from "../../support/partition-trial.ts";

/*
 * Promise P1 in a partition, with `onLoss: closed`: the short form of test/long/partition.test.ts.
 */

const LIMIT = 60;
const TERMS = {
  open: oneCutOff,
  onLoss: "closed",
  limit: LIMIT,
  windowMs: 2000,
  padMs: 500,
  beforeMs: 1500,
  cutMs: 6000,
  afterMs: 4000,
} as const;

describe("one of three instances is cut off from Redis for a while", () => {
  it("sends nothing, so that the limit holds, and has its share when it is back", async () => {
    await partitionTrial("partition for 6 s, closed", TERMS, {
      holds: ({ worst, sentAtFirst, sentLater }) => {
        expect(worst).toBeLessThanOrEqual(LIMIT);
        expect(sentAtFirst + sentLater).toBe(0);
      },
      used: ({ useOfOthers, sentByOneAfter }) => {
        expect(useOfOthers).toBeGreaterThan(0);
        expect(sentByOneAfter).toBeGreaterThan(0);
      },
    });
  });
});
