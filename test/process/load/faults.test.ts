import { describe, expect, it } from "vitest";
import { audit, type Verdict } from "../../fault/auditor.ts";
import { runCampaign, type CampaignOptions } from "../../fault/campaign.ts";
import { rowsOf } from "../../fault/table.ts";

/*
 * The short form of the fault bench (test/fault/main.ts): a few faults alone on either store, audited alike.
 */

async function verdictsOf(options: CampaignOptions): Promise<Verdict[]> {
  const campaign = await runCampaign(options);
  expect(campaign.crashes).toEqual([]);
  const verdicts = audit(campaign);
  for (const row of rowsOf(verdicts)) process.stdout.write(`${row.join(" | ")}\n`);
  return verdicts;
}

function expectKept(verdicts: readonly Verdict[], limit: number): void {
  expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
  for (const { violations, lost, wrong, duplicates, worst } of verdicts) {
    expect({ violations, lost, wrong, duplicates }).toEqual({
      violations: 0,
      lost: 0,
      wrong: 0,
      duplicates: 0,
    });
    expect(worst).toBeLessThanOrEqual(limit);
  }
  expect(verdicts.reduce((sum, { exchanges }) => sum + exchanges, 0)).toBeGreaterThan(100);
}

describe("faults under load", () => {
  it("break no promise on Redis: it is lost, and all instances are deployed", async () => {
    const only = ["Redis killed", "rolling deploy"];
    const options = { kind: "redis", instances: 2, seed: 1, pairs: 0, restMs: 1500, only } as const;
    expectKept(await verdictsOf(options), 150);
  });

  it("break no promise on the embedded store: an instance is killed", async () => {
    const only = ["instance killed"];
    const options = {
      kind: "embedded",
      instances: 2,
      seed: 1,
      pairs: 0,
      restMs: 1500,
      only,
    } as const;
    expectKept(await verdictsOf(options), 150);
  });
});
