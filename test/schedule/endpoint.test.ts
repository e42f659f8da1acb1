import { describe, expect, it } from "vitest";
import { endpointOf, endpointPolicy, policyName } from "../../src/schedule/endpoint.ts";
import { route } from "../support/settings.ts";

describe("endpointOf()", () => {
  it("is the route where that stands for one thing, else method and first segment", () => {
    const one = route({
      name: "GET /ticket/:id",
      match: { methods: ["GET"], path: "/ticket/:id" },
    });
    expect(endpointOf({ method: "GET", path: "/ticket/5", route: one })).toBe("GET /ticket/:id");
    expect(endpointOf({ method: "HEAD", path: "/report/5/x", route: route() })).toBe("GET /report");
    expect(endpointOf({ method: "POST", path: "", route: undefined })).toBe("POST /");
    const long = endpointOf({ method: "GET", path: `/${"x".repeat(500)}`, route: undefined });
    expect(long).toHaveLength(100);
  });
});

describe("endpointPolicy()", () => {
  it("takes the window of the upstream's quota, never more than its limit, and a name that a ledger may hold", () => {
    const quota = { name: "api", limit: 200, windowMs: 60_000, padMs: 1000 };
    expect(endpointPolicy("PUT|POST /a,b", 500, quota)).toEqual({
      name: "endpoint:PUT+POST /a+b",
      limit: 200,
      windowMs: 60_000,
      padMs: 1000,
    });
    expect(policyName("GET /a")).toBe("endpoint:GET /a");
  });
});
