import { describe, expect, it } from "vitest";
import { unitsBefore, unitsSpent } from "../../src/schedule/census.ts";
import { QuotaWorld } from "../simulation/quota-world.ts";

const QUOTAS = [{ name: "q", limit: 200, windowMs: 60_000, padMs: 1000 }];

describe("unitsBefore()", () => {
  it("counts what left within the window before a request, without itself and what left later", () => {
    const world = new QuotaWorld();
    for (const atMs of [0, 1000, 30_000, 59_000, 60_500]) {
      world.events.after(atMs, () => void world.ask({ consumer: "a" }));
    }
    world.run(60_600);
    const before = (agoMs: number) => unitsBefore(world.outlook(), QUOTAS, agoMs).get("q");
    // The one at 0 is older than the window, the one at 60.5 s is the request itself.
    expect(before(100)).toBeCloseTo(3, 0);
    expect(before(1600)).toBeCloseTo(3, 0);
  });

  it("is nothing where the ledger holds nothing", () => {
    expect(unitsBefore(new QuotaWorld().outlook(), QUOTAS, 30).get("q")).toBe(0);
  });
});

describe("unitsSpent()", () => {
  it("leaves out what the pad adds, in proportion", () => {
    const standings = [{ quota: "q", used: 122, resetInMs: 0 }];
    expect(unitsSpent(standings, QUOTAS).get("q")).toBe(120);
    expect(unitsSpent([], QUOTAS).get("q")).toBe(0);
  });
});
