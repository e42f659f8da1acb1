import { describe, expect, it } from "vitest";
import { oneCutOff, partitionTrial, type Partition } from "../support/partition-trial.ts";

/*
 * One of three real instances is cut off from Redis under load (docs/reliability.md, "Redis is away from one instance").
 */

const LIMIT = 60;
const TERMS = {
  open: oneCutOff,
  limit: LIMIT,
  windowMs: 3000,
  padMs: 500,
  beforeMs: 6000,
  cutMs: 16_000,
  afterMs: 12_000,
};

function expectUsed({ useOfOthers, useAfter }: Partition): void {
  expect(useOfOthers).toBeGreaterThan(0.75);
  expect(useAfter).toBeGreaterThan(0.9);
}

describe("one of three instances is cut off from Redis", () => {
  it("share: it sends its part after a span, all together (1 + 1/3) of the limit at most", async () => {
    const terms = { ...TERMS, onLoss: "share" } as const;
    await partitionTrial("partition, share", terms, {
      holds: ({ worst, worstOfOne, worstAfter, sentAtFirst }) => {
        expect(worst).toBeLessThanOrEqual(LIMIT + LIMIT / 3);
        expect(worstOfOne).toBeLessThanOrEqual(LIMIT / 3);
        expect(worstAfter).toBeLessThanOrEqual(LIMIT);
        expect(sentAtFirst).toBe(0);
      },
      used: (partition) => {
        expectUsed(partition);
        // Else the bound would say nothing.
        expect(partition.worst).toBeGreaterThan(LIMIT);
      },
    });
  });

  it("closed: it sends nothing, and the limit holds all the time", async () => {
    const terms = { ...TERMS, onLoss: "closed" } as const;
    await partitionTrial("partition, closed", terms, {
      holds: ({ worst, sentAtFirst, sentLater, answers }) => {
        expect(worst).toBeLessThanOrEqual(LIMIT);
        expect(sentAtFirst + sentLater).toBe(0);
        expect(answers["503 store-unavailable"]).toBeGreaterThan(0);
      },
      used: expectUsed,
    });
  });
});
