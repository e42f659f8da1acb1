import { describe, expect, it } from "vitest";
import { partitionTrial, type Partition, type PartitionTerms } from "../support/partition-trial.ts";
import { splitSet } from "../support/split-set.ts";

/*
 * An old primary and one of three instances on one side of a network that is parted, a promoted replica and the other
 * instances on the other (docs/reliability.md, "Split brain").
 */

const LIMIT = 60;
const LOAD = { limit: LIMIT, windowMs: 3000, padMs: 1000 };
const TIMES = { beforeMs: 6000, cutMs: 20_000, afterMs: 0 };

function play(safe: boolean, onLoss: PartitionTerms["onLoss"]): Promise<Partition> {
  const name = `split brain, ${safe ? "min-replicas-to-write 1" : "without it"}, ${onLoss}`;
  return partitionTrial(name, { ...LOAD, ...TIMES, open: () => splitSet(safe), onLoss });
}

describe("an old primary is cut off with one of three instances", () => {
  it("and goes on granting: twice the limit at most", async () => {
    const partition = await play(false, "closed");
    expect(partition.worst).toBeLessThanOrEqual(2 * LIMIT);
    // Both sides grant.
    expect(partition.sentLater).toBeGreaterThan(LIMIT / 2);
    expect(partition.useOfOthers).toBeGreaterThan(0);
  });

  it("with min-replicas-to-write 1 and closed it grants nothing after the lag", async () => {
    const partition = await play(true, "closed");
    expect(partition.sentLater).toBe(0);
    expect(partition.worst).toBeLessThanOrEqual(LIMIT);
    expect(partition.useOfOthers).toBeGreaterThan(0);
  });

  it("with min-replicas-to-write 1 and share the one sends its part: (1 + 1/3) of the limit at most", async () => {
    const partition = await play(true, "share");
    expect(partition.worst).toBeLessThanOrEqual((LIMIT * 4) / 3);
    expect(partition.sentLater).toBeGreaterThan(0);
  });
});
