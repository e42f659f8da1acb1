import { describe, expect, it } from "vitest";
import { companyOf } from "../../src/schedule/company.ts";
import type { ConsumerOutlook } from "../../src/ports/ledger.ts";

function consumer(name: string, weight: number, waiting: number): ConsumerOutlook {
  const rest = { start: 0, asleep: 0, units: waiting, credit: 0, joined: 0, before: [] };
  return { consumer: name, weight, waiting, ...rest };
}

describe("companyOf()", () => {
  it("is alone with the whole where nobody waits, those who have asked before included", () => {
    const consumers = [consumer("idle", 5, 0)];
    const company = companyOf({ consumers }, { consumer: "new", weight: 2 });
    expect(company).toEqual({ share: 1, waiting: 0 });
  });

  it("shares with those who wait, by the weight that it has now, and counts all tickets", () => {
    const consumers = [consumer("own", 9, 4), consumer("other", 3, 2), consumer("idle", 5, 0)];
    const company = companyOf({ consumers }, { consumer: "own", weight: 1 });
    expect(company).toEqual({ share: 0.25, waiting: 6 });
  });
});
