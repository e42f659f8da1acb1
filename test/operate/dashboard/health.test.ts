import { describe, expect, it } from "vitest";
import { healthOf, type Symptoms } from "../../../src/operate/dashboard/health.ts";
import { snapshot } from "../../support/snapshot.ts";

const quota = snapshot().quota;
const WELL = { storeKind: "redis", draining: false, quota, recent: { f: 9 } } as const;

function told(changes: Partial<Symptoms>): string[] {
  return healthOf({ ...WELL, ...changes }).map(({ state, words }) => `${state}: ${words}`);
}

describe("healthOf()", () => {
  it("says that all is well", () => {
    expect(told({})).toEqual(["well: takes requests", "well: answers", "well: answers"]);
  });

  it("says what is lost", () => {
    expect(told({ draining: true })[0]).toMatch(/^strained: shuts down/);
    expect(told({ quota: undefined })[1]).toMatch(/^down: is out of reach/);
    expect(told({ recent: undefined })[1]).toMatch(/^strained: .*accounts do not/);
  });

  it("says how the upstream does", () => {
    const held = { ...quota, blockedForMs: 12_000 } as Symptoms["quota"];
    expect(told({ quota: held })[2]).toBe("strained: paused for another 12 s");
    const probing = { ...quota, probing: true } as Symptoms["quota"];
    expect(told({ quota: probing })[2]).toMatch(/^strained: a probe/);
    expect(told({ recent: { f: 9, e: 2 } })[2]).toBe("strained: failed 2 of 9 in two minutes");
    expect(told({ recent: { f: 9, e: 5 } })[2]).toMatch(/^down/);
    expect(told({ recent: { f: 9, t: 1 } })[2]).toBe("strained: said 429 once in two minutes");
    expect(told({ recent: { f: 9, t: 2 } })[2]).toBe("strained: said 429 2 times in two minutes");
    expect(told({ recent: {} })[2]).toBe("well: was not asked of late");
  });
});
