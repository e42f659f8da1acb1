import { describe, expect, it } from "vitest";
import { foresee, type Knowledge, type Prospect } from "../../src/schedule/foresee.ts";
import { outlook, standing } from "../support/outlook.ts";
import { terms } from "../support/ledger-world.ts";
import type { ConsumerOutlook, LedgerOutlook } from "../../src/ports/ledger.ts";

const PACE = 310;
const RULE = terms({ quotas: [{ name: "q", limit: 20, windowMs: 6000, padMs: 200 }] });

/** A window that gives back one unit each pace, and a line. */
function steady(consumers: readonly ConsumerOutlook[], changes: Partial<LedgerOutlook> = {}) {
  const frees = Array.from({ length: 20 }, (_, index) => {
    return { units: index + 1, inMs: (index + 1) * PACE };
  });
  const quotas = [{ quota: "q", used: 20, frees }];
  return outlook({ consumers, quotas, paceInMs: PACE, ...changes });
}

function knowing(seen: LedgerOutlook, changes: Partial<Knowledge> = {}): Knowledge {
  const nothing = { rates: new Map<string, number>(), since: new Map<string, number>() };
  return { outlook: seen, terms: RULE, ageMs: 0, ...nothing, ...changes };
}

function asking(changes: Partial<Prospect> = {}): Prospect {
  return { consumer: "me", weight: 1, cost: 1, urgency: 3, ...changes };
}

describe("foresee()", () => {
  it("sends a request at once where a share is free", () => {
    const { place, waitMs } = foresee(knowing(outlook()), asking());
    expect({ place, waitMs }).toEqual({ place: 1, waitMs: 0 });
  });

  it("tells its consumer's share among those who wait, and how many do", () => {
    const idle = standing("idle", 0);
    const line = steady([standing("me", 4), standing("other", 6), idle]);
    expect(foresee(knowing(line), asking())).toMatchObject({ share: 0.5, waiting: 10 });
    expect(foresee(knowing(line), asking({ weight: 3 })).share).toBe(0.75);
    expect(foresee(knowing(steady([idle])), asking()).share).toBe(1);
  });

  it("counts the request's own line first, then the others by their tags", () => {
    const line = steady([standing("me", 4), standing("other", 100)]);
    // Four of its own, five of the other (equal tags go by name: "me" before "other"), less the tie.
    expect(foresee(knowing(line), asking())).toMatchObject({ place: 9, waitMs: 9 * PACE });
    const heavy = foresee(knowing(line), asking({ weight: 4 }));
    expect(heavy).toMatchObject({ place: 6, waitMs: 6 * PACE });
  });

  it("counts of the others no more than they have, unless more comes of them by then", () => {
    const line = steady([standing("me", 10), standing("other", 2)]);
    expect(foresee(knowing(line), asking()).place).toBe(13);
    const units = (everyPaces: number): number => {
      const rates = new Map([["other", 1 / (everyPaces * PACE)]]);
      const { place, waitMs } = foresee(knowing(line, { rates }), asking());
      expect(place).toBe(13);
      return waitMs / PACE;
    };
    // Another comes of it every fourth pace: n = 13 + n / 4.
    expect(Math.abs(units(4) - 17.3)).toBeLessThan(1);
    // However many come, ten have their turn before.
    expect(units(0.1)).toBeCloseTo(21);
  });

  it("lets the urgent of a consumer stand before its less urgent", () => {
    const line = steady([standing("me", 6, { before: [0, 2, 2, 4, 4, 4, 4, 6] })]);
    const places = [0, 1, 3, 7].map((urgency) => foresee(knowing(line), asking({ urgency })).place);
    expect(places).toEqual([1, 3, 5, 7]);
  });

  it("knows what this process has asked for since, and what of it does not stand before", () => {
    const since = new Map([["me", 5]]);
    const line = steady([standing("me", 4)]);
    expect(foresee(knowing(line, { since }), asking()).place).toBe(10);
    expect(foresee(knowing(line, { since }), asking({ behind: 3 })).place).toBe(7);
  });

  it("measures from now, not from the outlook", () => {
    const line = steady([standing("me", 4)]);
    const { waitMs } = foresee(knowing(line, { ageMs: 200 }), asking());
    expect(waitMs).toBe(5 * PACE - 200);
  });

  it("goes by the upstream's own speed where its places are what holds", () => {
    const line = steady([standing("me", 9)]);
    expect(foresee(knowing(line, { servedPerMs: 1 / 1000 }), asking()).waitMs).toBe(10_000);
  });

  it("bounds the wait by what the others' tags and credit allow, were all to ask at once", () => {
    const idle = standing("idle", 0);
    const line = steady([standing("me", 4), standing("other", 2), idle]);
    const { waitMs, boundMs } = foresee(knowing(line), asking());
    expect(waitMs).toBe(7 * PACE);
    // Five of each of the two others, its own five, and what the pace may be late by.
    expect(boundMs).toBeGreaterThanOrEqual(15 * PACE);
    expect(boundMs).toBeLessThanOrEqual(20 * PACE);
    // One whom nobody has seen yet may come too.
    const strangers = foresee(knowing(line, { weights: 4 }), asking());
    expect(strangers.waitMs).toBe(waitMs);
    expect(strangers.boundMs).toBeGreaterThan(boundMs + 4 * PACE);
  });

  it("never foretells a wait beyond the bound", () => {
    for (const rate of [0, 0.001, 0.01, 1]) {
      const line = steady([standing("me", 30), standing("a", 3), standing("b", 300)]);
      const knowledge = knowing(line, { rates: new Map([["a", rate]]) });
      const { waitMs, boundMs } = foresee(knowledge, asking());
      expect(waitMs).toBeLessThanOrEqual(boundMs);
    }
  });
});
