import { expect, it } from "vitest";
import { hasSpare } from "../../src/schedule/spare.ts";
import { terms } from "../support/ledger-world.ts";

it.each([
  { used: 18, limit: 20, spare: true },
  { used: 19, limit: 20, spare: false },
  { used: 4, limit: 5, spare: true },
  { used: 5, limit: 5, spare: false },
])("hasSpare() is $spare where $used of $limit are used", ({ used, limit, spare }) => {
  const rule = terms({ quotas: [{ name: "q", limit, windowMs: 1000, padMs: 0 }] });
  expect(hasSpare(rule, [{ quota: "q", used, resetInMs: 1 }])).toBe(spare);
  expect(hasSpare(rule, [])).toBe(true);
});
