import { afterAll, describe, expect, it } from "vitest";
import { flood, trickle } from "./demand.ts";
import { quantile, servedIn, table, waitsOf } from "./figures.ts";
import { CLIENTEXEC, QuotaWorld, type Asked } from "./quota-world.ts";
import { longestSilence, worstWindow } from "../support/ledger-world.ts";
import type { Policy } from "../../src/ports/ledger.ts";

/*
 * Inner quotas below a quota of 200 a minute, an hour of each: a route's own limit, a consumer's cap, a reserve for
 * urgent work, an endpoint that alone pauses.
 */

const HOUR = 3_600_000;
const WINDOW = 60_000;
const SPAN = 61_000;
const PACE = SPAN / 200;

const rows: [string, string, string][] = [["scenario", "bar", "came out"]];
function note(scenario: string, bar: string, came: string): void {
  rows.push([scenario, bar, came]);
}

afterAll(() => {
  process.stdout.write(`\n${table(rows)}\n\n`);
});

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;

function policy(name: string, limit: number): Policy {
  return { name, limit, windowMs: WINDOW, padMs: 1000 };
}

const under = (name: string): ((asked: Asked) => boolean) => {
  return ({ asking }) => asking.policies?.some((one) => one.name === name) ?? false;
};

/** When some of a world's requests left, in their order. */
function leftOf(world: QuotaWorld, which: (asked: Asked) => boolean): number[] {
  const left = world.asked.filter(which).flatMap(({ departedAt }) => departedAt ?? []);
  return left.toSorted((a, b) => a - b);
}

/** The part of what a limit allows that left after the first window. */
function useOf(left: readonly number[], limit: number, until = HOUR): number {
  const settled = left.filter((at) => at >= SPAN && at < until).length;
  return settled / ((until - SPAN) / (SPAN / limit));
}

function keepsLimits(world: QuotaWorld, policies: readonly Policy[]): void {
  expect(worstWindow(world.departures, WINDOW)).toBeLessThanOrEqual(200);
  for (const { name, limit } of policies) {
    expect(worstWindow(leftOf(world, under(name)), WINDOW)).toBeLessThanOrEqual(limit);
  }
}

describe("a route's own limit", { timeout: 60_000 }, () => {
  it("of 20 a minute and the upstream's are both used, and who asks for other things is not held up", () => {
    const world = new QuotaWorld();
    const route = policy("reports", 20);
    flood(world, { consumer: "reporter", policies: [route] }, { callers: 40 });
    flood(world, { consumer: "both", policies: [route] }, { callers: 10 });
    flood(world, { consumer: "both" }, { callers: 30 });
    flood(world, { consumer: "other" }, { callers: 30 });
    trickle(world, { consumer: "light", process: "p2" }, { everyMs: 20_000, fromMs: 70_000 });
    world.run(HOUR);
    const reports = leftOf(world, under("reports"));
    const [whole, inner] = [useOf(world.departures, 200), useOf(reports, 20)];
    const light = Math.max(...waitsOf(world.asked, "light"));
    const silence = longestSilence(reports.filter((at) => at > SPAN));
    note("200/min flooded: use", ">= 98 %", percent(whole));
    note("a route of 20/min under it: use", ">= 98 %", percent(inner));
    note(
      "the route's longest silence, paces of its own",
      "<= 4",
      (silence / (SPAN / 20)).toFixed(1),
    );
    note(
      "one that asks every 20 s beside it: longest wait",
      `<= ${seconds(5 * PACE)}`,
      seconds(light),
    );
    expect(whole).toBeGreaterThanOrEqual(0.98);
    expect(inner).toBeGreaterThanOrEqual(0.98);
    expect(silence).toBeLessThanOrEqual((4 * SPAN) / 20);
    expect(light).toBeLessThanOrEqual(5 * PACE);
    keepsLimits(world, [route]);
  });

  it("from idle it may leave at once, as a whole", () => {
    const world = new QuotaWorld();
    const route = policy("reports", 20);
    for (let index = 0; index < 20; index += 1) world.ask({ consumer: "a", policies: [route] });
    world.run(10);
    expect(world.departures).toHaveLength(20);
  });

  it("is shared by weight: 3:1 comes out as 3:1", () => {
    const world = new QuotaWorld();
    const route = policy("reports", 20);
    for (const [consumer, weight] of [
      ["three", 3],
      ["one", 1],
    ] as const) {
      flood(world, { consumer, weight, policies: [route] }, { callers: 30 });
    }
    flood(world, { consumer: "other" }, { callers: 60 });
    world.run(HOUR);
    const [three = 0, one = 1] = ["three", "one"].map((name) =>
      servedIn(world.asked, name, [SPAN, HOUR]),
    );
    note("a route shared by weights 3:1", "3:1", `${(three / one).toFixed(2)}:1`);
    expect(Math.abs(three / one / 3 - 1)).toBeLessThan(0.02);
    expect(useOf(leftOf(world, under("reports")), 20)).toBeGreaterThanOrEqual(0.98);
    keepsLimits(world, [route]);
  });

  it("lets a request of several units gather them, though others ask for one at a time", () => {
    const world = new QuotaWorld();
    const route = policy("reports", 20);
    flood(world, { consumer: "small", policies: [route] }, { callers: 30 });
    flood(world, { consumer: "other" }, { callers: 60 });
    trickle(
      world,
      { consumer: "costly", cost: 5, policies: [route] },
      { everyMs: 120_000, fromMs: 70_000 },
    );
    world.run(HOUR);
    const waits = waitsOf(world.asked, "costly");
    note(
      "a request of 5 units on it: longest wait",
      "<= 10 paces of the route",
      seconds(Math.max(...waits)),
    );
    expect(waits.length).toBeGreaterThan(25);
    expect(Math.max(...waits)).toBeLessThanOrEqual((10 * SPAN) / 20);
    keepsLimits(world, [route]);
  });
});

describe("a capped consumer on a route", { timeout: 60_000 }, () => {
  it("is served under both, though others use the route up as soon as it has room", () => {
    const world = new QuotaWorld();
    const [route, cap] = [policy("route", 40), policy("cap", 30)];
    flood(world, { consumer: "capped", policies: [cap] }, { callers: 10 });
    flood(world, { consumer: "capped", policies: [cap, route] }, { callers: 10 });
    flood(world, { consumer: "other", policies: [route] }, { callers: 20 });
    flood(world, { consumer: "flood" }, { callers: 60 });
    world.run(HOUR);
    const both = leftOf(world, (asked) => under("cap")(asked) && under("route")(asked));
    const part = useOf(both, 30);
    note(
      "a cap of 30 and a route of 40/min: what is under both has of the cap",
      "half",
      percent(part),
    );
    note("... and the route's use", ">= 98 %", percent(useOf(leftOf(world, under("route")), 40)));
    expect(part).toBeGreaterThanOrEqual(0.45);
    expect(useOf(leftOf(world, under("cap")), 30)).toBeGreaterThanOrEqual(0.98);
    expect(useOf(leftOf(world, under("route")), 40)).toBeGreaterThanOrEqual(0.98);
    expect(useOf(world.departures, 200)).toBeGreaterThanOrEqual(0.98);
    keepsLimits(world, [route, cap]);
  });
});

describe("a cap", { timeout: 60_000 }, () => {
  it("holds its consumer, and the others take what it may not use", () => {
    const world = new QuotaWorld();
    const cap = policy("cap", 30);
    flood(world, { consumer: "capped", weight: 5, policies: [cap] }, { callers: 60 });
    flood(world, { consumer: "other" }, { callers: 60 });
    world.run(HOUR);
    const capped = useOf(leftOf(world, under("cap")), 30);
    note("a cap of 30/min on weight 5 of 6: use of the cap", ">= 98 %", percent(capped));
    note("... and of the whole", ">= 98 %", percent(useOf(world.departures, 200)));
    expect(capped).toBeGreaterThanOrEqual(0.98);
    expect(useOf(world.departures, 200)).toBeGreaterThanOrEqual(0.98);
    keepsLimits(world, [cap]);
  });
});

describe("a reserve", { timeout: 60_000 }, () => {
  it("of 20 lets urgent work go in about a pace while the rest floods, which has all but the reserve", () => {
    const world = new QuotaWorld();
    const bulk = policy("bulk", 180);
    for (const consumer of ["a", "b"]) {
      flood(world, { consumer, policies: [bulk] }, { callers: 60 });
    }
    trickle(world, { consumer: "a", urgency: 0, process: "p3" }, { everyMs: 6300, fromMs: 70_000 });
    world.run(HOUR);
    const urgent = world.asked.filter(({ asking }) => asking.urgency === 0);
    const waits = urgent.flatMap(({ askedAt, departedAt }) =>
      departedAt === undefined ? [] : [departedAt - askedAt],
    );
    const use = useOf(leftOf(world, under("bulk")), 180);
    const worst = Math.max(...waits);
    note(
      "180 of 200/min flooded: an urgent one every 6.3 s waits",
      `<= ${seconds(PACE)}`,
      `${seconds(worst)}, p50 ${seconds(quantile(waits, 0.5))}`,
    );
    note("... and the flood has", ">= 98 % of 180", percent(use));
    expect(worst).toBeLessThanOrEqual(PACE + 1);
    expect(use).toBeGreaterThanOrEqual(0.98);
    keepsLimits(world, [bulk]);
  });
});

describe("an endpoint that pauses", { timeout: 60_000 }, () => {
  it("pauses alone, for all that was asked of it, and goes on by a probe and its pace", () => {
    const world = new QuotaWorld({ ...CLIENTEXEC, maxPauseMs: 600_000 });
    const route = policy("search", 60);
    flood(world, { consumer: "searcher", policies: [route] }, { callers: 30 });
    flood(world, { consumer: "other" }, { callers: 60 });
    world.run(900_000);
    world.pause(90_000, "search");
    world.run(HOUR - 900_000);
    const searches = leftOf(world, under("search")).filter((at) => at > 900_000);
    const others = leftOf(world, ({ consumer }) => consumer === "other");
    const meanwhile = others.filter((at) => at > 900_000 && at < 990_000);
    const [probe = 0, next = 0] = searches.map((at) => at - 900_000);
    note("an endpoint pauses for 90 s: its first request after", ">= 90 s", seconds(probe));
    note(
      "... the others' longest silence meanwhile",
      `<= ${seconds(4 * PACE)}`,
      seconds(longestSilence(meanwhile)),
    );
    expect(probe).toBeGreaterThanOrEqual(90_000);
    expect(probe).toBeLessThan(91_000);
    expect(next - probe).toBeGreaterThanOrEqual(30);
    expect(worstWindow(searches, 10_000)).toBeLessThanOrEqual(13);
    expect(longestSilence(meanwhile)).toBeLessThanOrEqual(4 * PACE);
    expect(useOf(world.departures, 200)).toBeGreaterThanOrEqual(0.98);
    keepsLimits(world, [route]);
  });
});
