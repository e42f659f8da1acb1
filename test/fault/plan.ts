import type { Fault } from "./fault.ts";

/** Numbers from 0 to 1, 1 excluded. */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a plan is made of. */
export interface PlanOptions {
  readonly faults: readonly Fault[];
  /** How many rounds have two faults at a time. */
  readonly pairs: number;
  readonly random: Random;
}

/** The rounds of a campaign: none, each alone in an order of chance, then pairs of chance. */
export function plan({ faults, pairs, random }: PlanOptions): (readonly Fault[])[] {
  const alone = shuffled(faults, random).map((fault) => [fault]);
  const together = Array.from({ length: pairs }, () => shuffled(faults, random).slice(0, 2));
  return [[], ...alone, ...together];
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
