import { describe, expect, it } from "vitest";
import { partitionTrial, type PartitionTerms, type Wanted } from "../support/partition-trial.ts";
import { splitSet } from "../support/split-set.ts";

/*
 * An old primary and one of three instances on one side of a network that is parted, a promoted replica and the other
 * instances on the other (docs/reliability.md, "Split brain").
 */

const LIMIT = 60;
const LOAD = { limit: LIMIT, windowMs: 3000, padMs: 500 };
const TIMES = { beforeMs: 6000, cutMs: 20_000, afterMs: 0 };

interface Set {
  readonly safe: boolean;
  readonly onLoss: PartitionTerms["onLoss"];
}

function play({ safe, onLoss }: Set, wanted: Wanted): Promise<void> {
  const name = `split brain, ${safe ? "min-replicas-to-write 1" : "without it"}, ${onLoss}`;
  const terms = { ...LOAD, ...TIMES, open: () => splitSet(safe), onLoss };
  return partitionTrial(name, terms, wanted);
}

describe("an old primary is cut off with one of three instances", () => {
  it("and goes on granting: twice the limit at most", async () => {
    await play(
      { safe: false, onLoss: "closed" },
      {
        holds: ({ worst }) => expect(worst).toBeLessThanOrEqual(2 * LIMIT),
        used: ({ worst }) => {
          expect(worst).toBeGreaterThan(1.5 * LIMIT);
        },
      },
    );
  });

  it("with min-replicas-to-write 1 and closed it grants nothing after the lag", async () => {
    await play(
      { safe: true, onLoss: "closed" },
      {
        holds: ({ worst, sentLater }) => {
          expect(worst).toBeLessThanOrEqual(LIMIT);
          expect(sentLater).toBe(0);
        },
        used: ({ useOfOthers }) => expect(useOfOthers).toBeGreaterThan(0.3),
      },
    );
  });

  it("with min-replicas-to-write 1 and share the one sends its part: (1 + 1/3) of the limit at most", async () => {
    await play(
      { safe: true, onLoss: "share" },
      {
        holds: ({ worst }) => expect(worst).toBeLessThanOrEqual((LIMIT * 4) / 3),
        used: ({ worst }) => expect(worst).toBeGreaterThan(LIMIT),
      },
    );
  });
});
