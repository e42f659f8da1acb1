import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isIdle,
  policiesOf,
  policyViews,
  policyWords,
  unreserved,
  type Bounded,
} from "../../src/schedule/policies.ts";

const QUOTAS = [
  { name: "api", limit: 200, windowMs: 60_000, padMs: 700 },
  { name: "api-2", limit: 5000, windowMs: 3_600_000, padMs: 1000 },
];
const REPORTS = { name: "reports", limit: 20, windowMs: 60_000, padMs: 1000 };
const CAP = { limit: 60, windowMs: 60_000 };
const RESERVE = { share: 0.1, urgency: 2 };

function bounded(changes: Partial<Bounded> = {}): Bounded {
  const caller = { name: "sync" };
  return {
    upstream: { quotas: QUOTAS, routes: [] },
    route: undefined,
    caller,
    urgency: 3,
    ...changes,
  };
}

function named(quota: string): string[] {
  return policiesOf(bounded({ route: { quota: { ...REPORTS, name: quota } } })).map(
    ({ name }) => name,
  );
}

function capped(limit: number, windowMs: number) {
  return policiesOf(bounded({ caller: { name: "sync", cap: { limit, windowMs } } }));
}

function reserved(urgency: number, kept = QUOTAS, routes: { cost: number }[] = []) {
  const upstream = { quotas: QUOTAS, reserve: RESERVE, routes };
  return policiesOf(bounded({ upstream, urgency }), kept);
}

function learned(limit: number) {
  return QUOTAS.map((quota) => ({ ...quota, limit }));
}

describe("policiesOf()", () => {
  it("is nothing where route, consumer and upstream have no inner quota", () => {
    expect(policiesOf(bounded())).toEqual([]);
    expect(policiesOf(bounded({ route: {} }))).toEqual([]);
  });

  it("is a route's own limit, under its name", () => {
    expect(policiesOf(bounded({ route: { quota: REPORTS } }))).toEqual([
      { ...REPORTS, name: "route:reports" },
    ]);
  });

  it("is a consumer's cap, with the upstream's pad", () => {
    expect(policiesOf(bounded({ caller: { name: "sync", cap: CAP } }))).toEqual([
      { name: "cap:sync", ...CAP, padMs: 700 },
    ]);
  });

  it("leaves out a cap that could never hold at this upstream", () => {
    expect(capped(200, 60_000)).toEqual([]);
    expect(capped(300, 1000)).toEqual([]);
    expect(capped(199, 60_000)).toHaveLength(1);
    expect(capped(4999, 3_600_000)).toHaveLength(1);
  });

  it("is what the reserve leaves of each quota, for requests that are not urgent", () => {
    expect(reserved(2)).toEqual([]);
    expect(reserved(3)).toEqual([
      { name: "reserve:api", limit: 180, windowMs: 60_000, padMs: 700 },
      { name: "reserve:api-2", limit: 4500, windowMs: 3_600_000, padMs: 1000 },
    ]);
  });

  it("goes by the limit that is kept at present, where another was learned", () => {
    const limits = (limit: number, cost = 1) =>
      reserved(3, learned(limit), [{ cost }]).map((policy) => policy.limit);
    expect(limits(100)).toEqual([90, 90]);
    // So low that nothing would be left: the dearest request needs some of the reserve.
    expect([limits(1), limits(5, 5)]).toEqual([
      [1, 1],
      [5, 5],
    ]);
    const caller = { name: "sync", cap: { limit: 200, windowMs: 60_000 } };
    expect(policiesOf(bounded({ caller }), learned(300))).toHaveLength(1);
    expect(policiesOf(bounded({ caller: { name: "sync", cap: CAP } }), learned(60))).toEqual([]);
  });

  it("names them so that ledgers and fields can hold it, one name for one quota", () => {
    expect(named("POST|PUT /a,b/**")).toEqual(["route:POST%7CPUT /a%2Cb/**"]);
    expect(named('é"\\%7C')).toEqual(["route:%C3%A9%22%5C%257C"]);
    const character = fc
      .integer({ min: 0, max: 0x10ffff })
      .map((code) => String.fromCodePoint(code));
    const text = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(""));
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [first = "", second = ""] = [...named(one), ...named(other)];
        expect(first).toMatch(/^[ -~]*$/);
        expect(first).not.toMatch(/[|,"\\]/);
        expect(first === second).toBe(one.toWellFormed() === other.toWellFormed());
      }),
    );
  });
});

describe("isIdle()", () => {
  it("is true where some quota allows no more over as long a window", () => {
    expect(isIdle({ limit: 200, windowMs: 60_000 }, QUOTAS)).toBe(true);
    expect(isIdle({ limit: 20, windowMs: 1000 }, QUOTAS)).toBe(false);
    expect(isIdle({ limit: 4000, windowMs: 3_600_000 }, QUOTAS)).toBe(false);
  });
});

describe("unreserved()", () => {
  it("keeps a part of a quota, of a small one a whole unit", () => {
    expect([200, 20, 3].map((limit) => unreserved(limit, RESERVE))).toEqual([180, 18, 2]);
  });
});

describe("policyWords()", () => {
  it("says in words what each is", () => {
    expect(["route:a:b", "cap:sync", "reserve:api", "other"].map(policyWords)).toEqual([
      "the route limit a:b",
      "the cap of sync",
      "what the reserve for urgent requests leaves of api",
      "other",
    ]);
  });
});

describe("policyViews()", () => {
  it("tells route limits, and the cap under its consumer's name; of the reserve nothing", () => {
    const policies = policiesOf({
      upstream: { quotas: QUOTAS, reserve: RESERVE, routes: [] },
      route: { quota: REPORTS },
      caller: { name: "sync", cap: CAP },
      urgency: 3,
    });
    expect(policyViews(policies, "sync")).toEqual([
      { name: "route:reports", limit: 20, windowMs: 60_000 },
      { name: "cap:sync", limit: 60, windowMs: 60_000, partition: "sync" },
    ]);
  });
});
