import { expect, it } from "vitest";
import { quotaViews, shareView } from "../../src/schedule/quota-views.ts";

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

it("shareView() tells a share as a quota of its own, named for the one that it is a part of", () => {
  const share = { consumer: "a", quota: "api", windowMs: 60_000, guaranteed: 66 };
  expect(shareView({ ...share, left: 4, moreInMs: 915 })).toEqual({
    name: "api-share",
    limit: 66,
    windowMs: 60_000,
    remaining: 4,
    resetInMs: 915,
    partition: "a",
  });
});
