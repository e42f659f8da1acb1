import { describe, expect, it } from "vitest";
import { arrivalsFrom, playPolicies, type UnderParts } from "../../src/schedule/forecast-under.ts";
import { terms } from "../support/ledger-world.ts";
import { outlook, standing } from "../support/outlook.ts";
import { seenAt } from "../support/policies.ts";
import type { Demand } from "../../src/schedule/arrivals-at.ts";
import type { LedgerOutlook } from "../../src/ports/ledger.ts";

const STEP_MS = 310;
/** Four units in 2.1 s, a millisecond. */
const MOST = 4 / 2100;

const demand = (rates: Record<string, number>): Demand => ({
  rates: new Map(Object.entries(rates)),
  steady: new Set<string>(),
});

function knowing(
  seen: Partial<LedgerOutlook>,
  rates: Record<string, number>,
  at: Record<string, Demand>,
): UnderParts {
  const bounds = { terms: terms(), maxWaitMs: 60_000, stepMs: STEP_MS };
  return { outlook: outlook(seen), ...bounds, ...demand(rates), at: new Map(Object.entries(at)) };
}

const played = (parts: UnderParts): string[] => playPolicies(parts).map(({ policy }) => policy);

function arrivals(parts: UnderParts, consumer = "a"): readonly number[] | undefined {
  return arrivalsFrom(playPolicies(parts), parts).get(consumer);
}

describe("playPolicies()", () => {
  it("plays those that hold somebody up or are about to, of which most is asked first", () => {
    const a = { consumers: [standing("a", 0)] };
    const policies = [
      seenAt("free", a),
      seenAt("tight", a),
      seenAt("over", a),
      seenAt("waits", { consumers: [standing("a", 1)] }),
      seenAt("pauses", { ...a, blockedForMs: 1 }),
    ];
    const at = {
      free: demand({ a: 0.85 * MOST }),
      tight: demand({ a: 0.95 * MOST }),
      over: demand({ a: 3 * MOST }),
      waits: demand({ a: 1.5 * MOST }),
    };
    expect(played(knowing({ policies }, {}, at))).toEqual(["over", "waits", "pauses", "tight"]);
  });

  it("plays twenty and no more", () => {
    const policies = Array.from({ length: 30 }, (_, index) =>
      seenAt(`p${index}`, { consumers: [standing("a", 1)] }),
    );
    expect(played(knowing({ policies }, {}, {}))).toHaveLength(20);
  });

  it("holds what is asleep, and not what waits for the upstream alone", () => {
    const policies = [seenAt("r", { consumers: [standing("a", 9), standing("b", 9)] })];
    const consumers = [standing("a", 9, { asleep: 7 }), standing("b", 9)];
    const [one] = playPolicies(knowing({ policies, consumers }, {}, {}));
    expect(one?.tracks.map(({ player, asked }) => [player.consumer, asked[0]])).toEqual([["a", 7]]);
  });
});

describe("arrivalsFrom()", () => {
  it("lets come what an inner quota lets go, beside what is under none", () => {
    const policies = [seenAt("r", { consumers: [standing("a", 0)] })];
    const consumers = [standing("a", 0), standing("b", 0)];
    const rates = { a: 3 * MOST, b: 1 };
    const parts = knowing({ policies, consumers }, rates, { r: demand({ a: 2 * MOST }) });
    const come = arrivals(parts) ?? [];
    const steps = Math.round(210_000 / STEP_MS);
    // Of three parts one is under no inner quota, and of the other two one passes.
    expect((come[steps] ?? 0) / (MOST * 210_000)).toBeCloseTo(2, 1);
    expect(come.every((units, step) => units >= (come[step - 1] ?? 0))).toBe(true);
    expect(arrivals(parts, "b")).toBeUndefined();
  });

  it("lets the narrowest decide where the same requests are under several", () => {
    const at = { r: demand({ a: 2 * MOST }), s: demand({ a: 2 * MOST }) };
    const policies = [
      seenAt("r", { consumers: [standing("a", 0)] }),
      seenAt("s", { limit: 2, consumers: [standing("a", 0)] }),
    ];
    const parts = knowing({ policies, consumers: [standing("a", 0)] }, { a: 2 * MOST }, at);
    const come = arrivals(parts) ?? [];
    const steps = Math.round(210_000 / STEP_MS);
    expect((come[steps] ?? 0) / (MOST * 210_000)).toBeCloseTo(0.5, 1);
  });

  it("begins with what is awake, and leaves alone who waits steadily with that", () => {
    const policies = [seenAt("r", { consumers: [standing("a", 5)] })];
    const consumers = [standing("a", 8, { asleep: 5 })];
    const parts = knowing({ policies, consumers }, {}, {});
    expect(arrivals(parts)?.[0]).toBe(3);
    expect(arrivals({ ...parts, steady: new Set(["a"]) })).toBeUndefined();
  });
});
