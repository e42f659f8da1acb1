import { describe, expect, it } from "vitest";
import { oneCutOff, partitionTrial } from "../support/partition-trial.ts";

/*
 * One of three real instances is cut off from Redis under load (docs/reliability.md, "Redis is away from one instance").
 */

const LIMIT = 60;
const TERMS = {
  open: oneCutOff,
  limit: LIMIT,
  windowMs: 3000,
  padMs: 1000,
  beforeMs: 6000,
  cutMs: 16_000,
  afterMs: 12_000,
};

describe("one of three instances is cut off from Redis", () => {
  it("share: it sends its part after a span, all together (1 + 1/3) of the limit at most", async () => {
    const partition = await partitionTrial("partition, share", { ...TERMS, onLoss: "share" });
    expect(partition.worstOfOne).toBeLessThanOrEqual(LIMIT / 3);
    expect(partition.worst).toBeLessThanOrEqual(LIMIT + LIMIT / 3);
    expect(partition.sentAtFirst).toBe(0);
    // Else the bound would say nothing.
    expect(partition.sentLater).toBeGreaterThan(0);
    expect(partition.useOfOthers).toBeGreaterThan(0.75);
    expect(partition.worstAfter).toBeLessThanOrEqual(LIMIT);
    expect(partition.useAfter).toBeGreaterThan(0.9);
  });

  it("closed: it sends nothing, and the limit holds all the time", async () => {
    const partition = await partitionTrial("partition, closed", { ...TERMS, onLoss: "closed" });
    expect(partition.worst).toBeLessThanOrEqual(LIMIT);
    expect(partition.sentAtFirst + partition.sentLater).toBe(0);
    expect(partition.useOfOthers).toBeGreaterThan(0.75);
    expect(partition.answers["503 store-unavailable"]).toBeGreaterThan(0);
    expect(partition.useAfter).toBeGreaterThan(0.9);
  });
});
