import type { Fault } from "./fault.ts";
import type { Random } from "./seeded.ts";

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
