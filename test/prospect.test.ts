import { describe, expect, it } from "vitest";
import { costOf, prospectOf } from "../src/prospect.ts";
import { route, upstream } from "./support/settings.ts";
import type { Asked } from "../src/identify/identify.ts";

function asked(changes: Partial<Asked> = {}): Asked {
  return {
    method: "GET",
    upstream: upstream(),
    route: undefined,
    caller: { name: "sync", weight: 3, mayForce: false },
    path: "/x",
    query: "",
    fields: [],
    waitMs: 30_000,
    urgency: 4,
    ...changes,
  };
}

describe("prospectOf()", () => {
  it("is whose request it is, with weight, cost and urgency", () => {
    expect(prospectOf(asked(), [])).toEqual({ consumer: "sync", weight: 3, cost: 1, urgency: 4 });
  });

  it("carries the inner quotas that the request is under", () => {
    const caller = { name: "sync", weight: 3, mayForce: false, cap: { limit: 5, windowMs: 1000 } };
    const policies = [{ name: "cap:sync", limit: 5, windowMs: 1000, padMs: 1000 }];
    expect(prospectOf(asked({ caller }), asked().upstream.quotas).policies).toEqual(policies);
    const quotas = [{ name: "api", limit: 5, windowMs: 60_000, padMs: 1000 }];
    expect(prospectOf(asked({ caller }), quotas).policies).toBeUndefined();
  });
});

describe("costOf()", () => {
  it("is the route's, one where none matched", () => {
    expect([costOf({ route: route({ cost: 7 }) }), costOf({ route: undefined })]).toEqual([7, 1]);
  });
});
