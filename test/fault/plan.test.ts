import { describe, expect, it } from "vitest";
import { over, type Fault } from "./fault.ts";
import { plan, seeded } from "./plan.ts";

const NAMES = ["a", "b", "c", "d", "e"];

function fault(name: string): Fault {
  return { name, on: ["redis"], holdMs: 0, afterMs: 0, problems: [], begin: async () => over };
}

function names(seed: number): string[] {
  const rounds = plan({ faults: NAMES.map(fault), pairs: 20, random: seeded(seed) });
  return rounds.map((faults) => faults.map(({ name }) => name).join("+"));
}

describe("plan()", () => {
  it("begins with nothing, then has each alone once, then pairs of two that differ", () => {
    const [none, ...rest] = names(1);
    expect(none).toBe("");
    expect(rest.slice(0, 5).toSorted()).toEqual(NAMES);
    const pairs = rest.slice(5);
    expect(pairs).toHaveLength(20);
    for (const pair of pairs) expect(new Set(pair.split("+")).size).toBe(2);
  });

  it("is the same for the same seed, and another one for another", () => {
    expect(names(7)).toEqual(names(7));
    expect(names(7)).not.toEqual(names(8));
  });
});

describe("seeded()", () => {
  it("spreads evenly over 0 to 1", () => {
    const random = seeded(3);
    const drawn = Array.from({ length: 10_000 }, () => random());
    const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(mean).toBeCloseTo(0.5, 1);
  });
});
