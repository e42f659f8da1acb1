import { describe, expect, it } from "vitest";
import { RetryBudget, retryDelayMs } from "../../src/forward/retry-budget.ts";

function taken(budget: RetryBudget, now: number): number {
  let count = 0;
  while (count < 1000 && budget.take(now)) count += 1;
  return count;
}

describe("take()", () => {
  it("allows a part of the minute's forwards, and three in any case", () => {
    const budget = new RetryBudget(0.1);
    expect(taken(budget, 0)).toBe(3);
    for (let count = 0; count < 200; count += 1) budget.forwarded(1000);
    expect(taken(budget, 1000)).toBe(17);
    expect(taken(budget, 60_000)).toBe(3);
    expect(taken(budget, 200_000)).toBe(3);
  });
});

describe("retryDelayMs()", () => {
  it.each([
    [1, 0, 100],
    [1, 1, 50],
    [3, 0, 400],
    [3, 0.5, 300],
    [9, 0, 2000],
  ])("of retry %i with chance %f is %i ms", (nth, random, delayMs) => {
    expect(retryDelayMs(nth, random)).toBe(delayMs);
  });
});
