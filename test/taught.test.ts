import { describe, expect, it } from "vitest";
import { policyName } from "../src/schedule/endpoint.ts";
import { answerOf, isFree, isUnderAll, noteAsked, scoped, underEndpoint } from "../src/taught.ts";
import { cachePolicy } from "./support/settings.ts";
import { Workbench } from "./support/workbench.ts";

const { asked } = new Workbench().errand("GET", {
  name: "GET /x",
  match: { methods: ["GET"], path: "/x" },
  cost: 2,
});
const prospect = { consumer: "a", weight: 1, cost: 2, urgency: 3 };
const own = { name: "endpoint:GET /x", limit: 20, windowMs: 60_000, padMs: 1000 };

describe("underEndpoint()", () => {
  it("adds the endpoint's own quota to those that hold already, and nothing where there is none", () => {
    expect(underEndpoint(prospect, asked, undefined)).toBe(prospect);
    expect(underEndpoint(prospect, asked, { policiesOf: () => [] })).toBe(prospect);
    const held = { ...prospect, policies: [{ ...own, name: "cap:a" }] };
    const names: string[] = [];
    const policiesOf = (endpoint: string) => {
      names.push(endpoint);
      return [own];
    };
    const under = underEndpoint(held, asked, { policiesOf });
    expect(under.policies?.map(({ name }) => name)).toEqual(["cap:a", "endpoint:GET /x"]);
    expect(names).toEqual(["GET /x"]);
  });
});

describe("noteAsked()", () => {
  it("tells the endpoint and its cost", () => {
    const told: unknown[] = [];
    noteAsked(asked, { asks: (...what) => void told.push(what) });
    noteAsked(asked, undefined);
    expect(told).toEqual([["GET /x", 2]]);
  });
});

describe("isUnderAll()", () => {
  it("is false for a permit from before its endpoint was known to have a limit of its own", () => {
    const known = { policiesOf: () => [own] };
    expect(isUnderAll({ policies: ["cap:a"] }, asked, known)).toBe(false);
    expect(isUnderAll({ policies: ["cap:a", own.name] }, asked, known)).toBe(true);
    expect(isUnderAll({ policies: [] }, asked, { policiesOf: () => [] })).toBe(true);
    expect(isUnderAll({ policies: [] }, asked, undefined)).toBe(true);
  });
});

describe("scoped()", () => {
  it("says how long and what, as far as that is known", () => {
    expect(scoped(undefined, "GET /x", undefined)).toEqual({});
    expect(scoped(5, "GET /x", { scopeOf: policyName })).toEqual({
      forMs: 5,
      policy: "endpoint:GET /x",
    });
  });
});

describe("isFree()", () => {
  it("is a 304 on a route that says so, and nothing else", () => {
    expect([isFree(asked, { status: 304 }), isFree(asked, { status: 200 })]).toEqual([
      false,
      false,
    ]);
    const cache = cachePolicy({ chargeNotModified: false });
    const free = new Workbench().errand("GET", { cache }).asked;
    expect([isFree(free, { status: 304 }), isFree(free, { status: 200 })]).toEqual([true, false]);
  });
});

describe("answerOf()", () => {
  it("takes endpoint, cost and times of an answer", async () => {
    const bench = new Workbench();
    const sending = bench.send(bench.errand("GET"));
    await bench.clock.advance(10);
    const reply = await sending;
    reply.body.resume();
    const answer = answerOf(asked, reply);
    expect(answer).toMatchObject({ endpoint: "GET /x", cost: 2, tookMs: 0 });
  });
});
