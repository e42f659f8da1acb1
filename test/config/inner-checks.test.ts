import { describe, expect, it } from "vitest";
import { innerChecks } from "../../src/config/inner-checks.ts";
import { route, upstream } from "../support/settings.ts";
import type { Quota, Route } from "../../src/ports/settings.ts";

const QUOTA = { name: "reports", limit: 20, windowMs: 60_000, padMs: 1000 };

function of(...routes: Partial<Route>[]) {
  return innerChecks(upstream({ routes: routes.map((one) => route(one)) }));
}

function at(changes: Partial<Quota>, more: Partial<Route> = {}) {
  return of({ quota: { ...QUOTA, ...changes }, ...more });
}

/** Two routes, the second with a quota that differs from the first one's. */
function beside(changes: Partial<Quota>) {
  return of({ name: "a", quota: QUOTA }, { name: "b", quota: { ...QUOTA, ...changes } });
}

describe("innerChecks() of routes' own quotas", () => {
  it("lets one through that is narrower than the upstream's", () => {
    expect(at({})).toEqual([]);
    expect(at({ limit: 999 })).toEqual([]);
    expect(at({ limit: 5000, windowMs: 3_600_000 })).toEqual([]);
  });

  it("refuses one that would never hold, since the upstream's is as narrow", () => {
    for (const changes of [{ limit: 1000 }, { limit: 1001 }, { limit: 1000, windowMs: 30_000 }]) {
      const [problem, ...more] = at(changes);
      expect(more).toEqual([]);
      expect(problem?.path).toBe("upstreams.api.routes");
      expect(problem?.problem).toContain("would never hold");
    }
  });

  it("refuses a cost that it could never pay, and a pad as long as its window", () => {
    expect(at({}, { cost: 20 })).toEqual([]);
    expect(at({}, { cost: 21 })[0]?.problem).toContain("could never be sent");
    expect(at({ windowMs: 1000 })[0]?.problem).toContain("not shorter than its window");
  });

  it("refuses two routes that share a name and differ in its terms", () => {
    expect(beside({})).toEqual([]);
    expect(beside({ name: "else", limit: 21 })).toEqual([]);
    for (const changes of [{ limit: 21 }, { windowMs: 61_000 }, { padMs: 999 }]) {
      expect(beside(changes).map(({ found }) => found)).toEqual(["b"]);
    }
  });
});

describe("innerChecks() of a reserve", () => {
  it("refuses one that leaves less than a request costs that is not urgent", () => {
    const quotas = [{ name: "api", limit: 10, windowMs: 60_000, padMs: 1000 }];
    const leaving = (share: number, cost: number) =>
      innerChecks(
        upstream({ quotas, reserve: { share, urgency: 2 }, routes: [route({ cost })] }),
      ).map(({ path }) => path);
    expect(leaving(0.5, 5)).toEqual([]);
    expect(leaving(0.5, 6)).toEqual(["upstreams.api.reserve"]);
    const one = [{ name: "api", limit: 1, windowMs: 60_000, padMs: 1000 }];
    expect(
      innerChecks(upstream({ quotas: one, reserve: { share: 0.1, urgency: 2 } })),
    ).toHaveLength(1);
  });
});

describe("innerChecks() of an upstream's quotas", () => {
  it("refuses two over one window, those of a shadow too, whatever their limits", () => {
    const [one, other] = [QUOTA, { ...QUOTA, name: "else", limit: 5 }];
    const hour = { ...QUOTA, name: "hour", windowMs: 3_600_000 };
    const quotas = [one, hour, other];
    const shadow = { quotas: [hour, { ...hour }], weights: {} };
    expect(innerChecks(upstream({ quotas: [one, hour] }))).toEqual([]);
    expect(innerChecks(upstream({ quotas, shadow })).map(({ path }) => path)).toEqual([
      "upstreams.api.quotas.2.window",
      "upstreams.api.shadow.quotas.1.window",
    ]);
  });
});
