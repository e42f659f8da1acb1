import { expect, it } from "vitest";
import { quotaViews } from "../../src/schedule/quota-views.ts";

const QUOTAS = [
  { name: "api", limit: 200, windowMs: 60_000, padMs: 1000 },
  { name: "api-2", limit: 5, windowMs: 1000, padMs: 100 },
];

it("quotaViews() joins each quota with what the ledger said of it; of an unheard-of one nothing is used", () => {
  const standings = [{ quota: "api", used: 150, resetInMs: 1234 }];
  expect(quotaViews(QUOTAS, { standings, waiting: 0, pausedForMs: 0 })).toEqual([
    { name: "api", limit: 200, windowMs: 60_000, remaining: 50, resetInMs: 1234 },
    { name: "api-2", limit: 5, windowMs: 1000, remaining: 5, resetInMs: 0 },
  ]);
});
