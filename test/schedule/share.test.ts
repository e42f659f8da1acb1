import { describe, expect, it } from "vitest";
import { aged, paused, shareOf, type Share } from "../../src/schedule/share.ts";
import { terms } from "../support/ledger-world.ts";
import { outlook, standing } from "../support/outlook.ts";
import type { LedgerOutlook } from "../../src/ports/ledger.ts";
import type { Knowledge } from "../../src/schedule/foresee.ts";

// Twenty units in six seconds, and a little pad.
const TERMS = terms();
const ME = { consumer: "me", weight: 1 };

function knowledge(seen: LedgerOutlook, changes: Partial<Knowledge> = {}): Knowledge {
  return { outlook: seen, terms: TERMS, rates: new Map(), since: new Map(), ageMs: 0, ...changes };
}

function used(units: number) {
  return [{ quota: "test", used: units, frees: [{ units, inMs: 900 }] }];
}

function share(changes: Partial<LedgerOutlook>, more: Partial<Knowledge> = {}): Share | undefined {
  return shareOf(knowledge(outlook(changes), more), ME);
}

describe("shareOf()", () => {
  it("is the whole of the tightest quota where nobody else waits, all of it free at once", () => {
    const day = { name: "day", limit: 9000, windowMs: 86_400_000, padMs: 0 };
    expect(share({}, { terms: terms({ quotas: [day, ...TERMS.quotas] }) })).toEqual({
      consumer: "me",
      quota: "test",
      windowMs: 6000,
      guaranteed: 20,
      left: 20,
      moreInMs: 0,
    });
    expect(share({}, { terms: terms({ quotas: [] }) })).toBeUndefined();
  });

  it("is its weight's part among those who wait, whole units only; who does not wait takes nothing", () => {
    const others = [standing("a", 3, { weight: 2 }), standing("b", 0, { weight: 7 })];
    expect(share({ consumers: others })).toMatchObject({ guaranteed: 6, left: 6 });
  });

  it("leaves what credit covers and the windows have room for, less what was asked for since", () => {
    const mine = standing("me", 2, { credit: 9 });
    expect(share({ consumers: [mine] })?.left).toBe(7);
    expect(share({ consumers: [mine], quotas: used(15) })?.left).toBe(5);
    const since = new Map([
      ["me", 2],
      ["a", 1],
      ["gone", -5],
    ]);
    expect(share({ consumers: [mine] }, { since })?.left).toBe(5);
    expect(share({ consumers: [mine], quotas: used(15) }, { since })?.left).toBe(2);
  });

  it("tells when more comes: after a unit's time of silence, not before the oldest falls out", () => {
    const mine = standing("me", 0, { credit: 9 });
    expect(share({ consumers: [mine] })?.moreInMs).toBe(310);
    expect(share({ consumers: [mine], quotas: used(3) })?.moreInMs).toBe(900);
  });

  it("leaves nothing while a pause holds or its probe is out, and tells when a unit leaves at the latest", () => {
    expect(share({ blockedForMs: 5000 })).toMatchObject({ guaranteed: 20, left: 0 });
    expect(share({ blockedForMs: 5000 })?.moreInMs).toBeGreaterThanOrEqual(5000);
    expect(share({ probing: true })?.left).toBe(0);
  });
});

describe("aged() and paused()", () => {
  const some = share({ consumers: [standing("me", 0, { credit: 9 })] });
  if (some === undefined) throw new Error("There is a quota.");

  it("count down, and tell nobody with nothing left to come at once", () => {
    expect(aged(some, 300)).toEqual({ ...some, moreInMs: 10 });
    expect(aged(some, 1000).moreInMs).toBe(0);
    expect(aged({ ...some, left: 0 }, 1000).moreInMs).toBe(1);
  });

  it("leave nothing during a pause that is known here", () => {
    expect(paused(some, 0)).toEqual(some);
    expect(paused(some, 4000)).toEqual({ ...some, left: 0, moreInMs: 4000 });
  });
});
