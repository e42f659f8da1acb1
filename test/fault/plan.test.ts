import { describe, expect, it } from "vitest";
import { over, type Fault } from "./fault.ts";
import { plan } from "./plan.ts";
import { seeded } from "./seeded.ts";

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
