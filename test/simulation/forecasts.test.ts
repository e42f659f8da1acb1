import { afterAll, describe, expect, it } from "vitest";
import { flood, stream, trickle } from "./demand.ts";
import { randomFrom } from "./events.ts";
import { table } from "./figures.ts";
import { QuotaWorld } from "./quota-world.ts";
import type { LedgerOutlook, Policy } from "../../src/ports/ledger.ts";
import { Arrivals } from "../../src/schedule/arrivals.ts";
import { ArrivalsAt } from "../../src/schedule/arrivals-at.ts";
import { forecast, type LineForecast } from "../../src/schedule/forecast.ts";
import { HORIZON_MS } from "../../src/schedule/line-track.ts";

/*
 * Forecasts of who will wait when against what came: the rates are measured as a forecaster does that is asked once a
 * second, the forecast is made, and the same demand goes on for longer than it looks ahead.
 */

const MAX_WAIT_MS = 600_000;

interface Came {
  /** When the first asked who waited for more than a second, from the forecast on; absent: nobody did. */
  readonly fromMs?: number;
  /** When the last of them asked. */
  readonly lastMs?: number;
  readonly worstMs: number;
}

interface Outcome {
  readonly told: LineForecast;
  readonly came: (consumer: string) => Came;
}

function foretold(fill: (world: QuotaWorld) => void, measuredMs: number): Outcome {
  const world = new QuotaWorld();
  const [arrivals, arrivalsAt] = [new Arrivals(world.terms), new ArrivalsAt()];
  const look = (): LedgerOutlook => {
    const outlook = world.outlook();
    arrivals.learn(outlook);
    arrivalsAt.learn(outlook);
    return outlook;
  };
  world.run(1000);
  fill(world);
  const begin = world.events.nowMs + measuredMs;
  while (world.events.nowMs < begin) {
    look();
    world.run(1000);
  }
  const outlook = look();
  const at = arrivalsAt.demands();
  const demand = { rates: arrivals.rates(), steady: arrivals.steady() };
  const told = forecast({ outlook, terms: world.terms, ...demand, at, maxWaitMs: MAX_WAIT_MS });
  world.run(HORIZON_MS + MAX_WAIT_MS);
  const came = (consumer: string): Came => {
    const waits = world.asked
      .filter(({ askedAt }) => askedAt >= begin && askedAt <= begin + HORIZON_MS)
      .filter((one) => one.consumer === consumer)
      .map(({ askedAt, departedAt = Infinity }) => ({ askedAt, ms: departedAt - askedAt }));
    const long = waits.filter(({ ms }) => ms > 1000);
    const [first, last] = [long[0], long.at(-1)];
    return {
      ...(first ? { fromMs: first.askedAt - begin } : {}),
      ...(last ? { lastMs: last.askedAt - begin } : {}),
      worstMs: Math.max(0, ...waits.map(({ ms }) => ms)),
    };
  };
  return { told, came };
}

interface Spec {
  readonly consumer: string;
  readonly weight: number;
  readonly everyMs: number;
  readonly fromMs: number;
}

/** Two to four consumers, who ask for 80 to 140 % of the limit together, each evenly. */
function demandOf(random: () => number): Spec[] {
  const parts = Array.from({ length: 2 + Math.floor(random() * 3) }, () => 0.2 + random());
  const sum = parts.reduce((total, part) => total + part, 0);
  const perMinute = 200 * (0.8 + random() * 0.6);
  return parts.map((part, index) => ({
    consumer: `c${index}`,
    weight: 1 + Math.floor(random() * 3),
    everyMs: (60_000 * sum) / (perMinute * part),
    fromMs: random() * 1000,
  }));
}

interface Score {
  count: number;
  /** It was told rightly whether the consumer waits. */
  who: number;
  waiting: number;
  /** Of those who waited: the beginning was right within 2 s, the longest wait within a tenth or 2 s, or a quarter. */
  from: number;
  worst: number;
  nearly: number;
}

function scoreOf(outcome: Outcome, consumers: readonly string[]): Score {
  const score: Score = { count: 0, who: 0, waiting: 0, from: 0, worst: 0, nearly: 0 };
  for (const consumer of consumers) {
    const waits = outcome.told.consumers.find((one) => one.consumer === consumer)?.waits;
    const came = outcome.came(consumer);
    // Those who waited for a second or so are neither wrong nor right, nor those whose turn has not come at the end.
    if ((came.worstMs > 500 && came.worstMs < 2500) || came.worstMs === Infinity) continue;
    score.count += 1;
    if ((waits !== undefined) === came.worstMs > 1000) score.who += 1;
    if (waits === undefined || came.fromMs === undefined) continue;
    score.waiting += 1;
    const error = Math.abs(waits.atWorstMs - came.worstMs);
    if (Math.abs(waits.fromMs - came.fromMs) <= 2000) score.from += 1;
    if (error <= Math.max(2000, 0.1 * came.worstMs)) score.worst += 1;
    if (error <= Math.max(2000, 0.25 * came.worstMs)) score.nearly += 1;
  }
  return score;
}

/** Of each kind; SLUICE_HISTORIES: more. */
const CASES = Number(process.env["SLUICE_HISTORIES"] ?? 10);

const rows: [string, string, string][] = [
  [
    "forecasts of even demand, watched for",
    "who waits, and from when within 2 s",
    "longest wait within 10 % or 2 s, and within 25 %",
  ],
];
afterAll(() => {
  process.stdout.write(`\n${table(rows)}\n\n`);
});

const part = (some: number, all: number): string => `${some} of ${all}`;

function policy(name: string, limit: number): Policy {
  return { name, limit, windowMs: 60_000, padMs: 1000 };
}

function toldOf(outcome: Outcome, name: string) {
  return outcome.told.consumers.find(({ consumer }) => consumer === name);
}

/** By which part of it the longest wait was told wrongly. */
function errorOf(outcome: Outcome, name: string): number {
  const { worstMs } = outcome.came(name);
  return Math.abs((toldOf(outcome, name)?.waits?.atWorstMs ?? 0) - worstMs) / worstMs;
}

describe("forecasts of who will wait when", () => {
  it.each([
    { seconds: 15, leastFrom: 0.8, leastWorst: 0.5, leastNearly: 0.7 },
    { seconds: 75, leastFrom: 0.95, leastWorst: 0.75, leastNearly: 0.85 },
  ])(
    "are right of even demand, watched for $seconds s, about who, from when, and how long",
    ({ seconds, leastFrom, leastWorst, leastNearly }) => {
      const total: Score = { count: 0, who: 0, waiting: 0, from: 0, worst: 0, nearly: 0 };
      for (let seed = 1; seed <= CASES; seed += 1) {
        const specs = demandOf(randomFrom(seed));
        const fill = (world: QuotaWorld): void => {
          for (const { everyMs, fromMs, ...asking } of specs) {
            trickle(world, asking, { everyMs, fromMs });
          }
        };
        const outcome = foretold(fill, seconds * 1000);
        const score = scoreOf(
          outcome,
          specs.map(({ consumer }) => consumer),
        );
        for (const name of ["count", "who", "waiting", "from", "worst", "nearly"] as const) {
          total[name] += score[name];
        }
      }
      const { count, who, waiting, from, worst, nearly } = total;
      rows.push([
        `${seconds} s`,
        `${part(who, count)}, ${part(from, waiting)}`,
        `${part(worst, waiting)}, ${part(nearly, waiting)}`,
      ]);
      expect(waiting).toBeGreaterThan(15);
      expect(who).toBeGreaterThanOrEqual(0.9 * count);
      expect(from).toBeGreaterThanOrEqual(leastFrom * waiting);
      expect(worst).toBeGreaterThanOrEqual(leastWorst * waiting);
      expect(nearly).toBeGreaterThanOrEqual(leastNearly * waiting);
    },
    30_000,
  );

  it("tell of floods that go on how long their lines are, and that no end is in sight", () => {
    const { told, came } = foretold((world) => {
      flood(world, { consumer: "a", weight: 3 }, { callers: 60 });
      flood(world, { consumer: "b" }, { callers: 60 });
      trickle(world, { consumer: "light" }, { everyMs: 5000 });
    }, 120_000);
    const waitsOf = (name: string) =>
      told.consumers.find(({ consumer }) => consumer === name)?.waits;
    for (const consumer of ["a", "b"]) {
      const waits = waitsOf(consumer);
      expect(waits?.fromMs).toBe(0);
      expect(waits).not.toHaveProperty("untilMs");
      const error = Math.abs((waits?.atWorstMs ?? 0) - came(consumer).worstMs);
      expect(error).toBeLessThan(0.1 * came(consumer).worstMs);
    }
    expect(waitsOf("light")).toBeUndefined();
    expect(came("light").worstMs).toBeLessThan(1000);
  });

  it("tell of a burst when nobody waits any more, and whom it does not hold up", () => {
    const { told, came } = foretold((world) => {
      for (let index = 0; index < 600; index += 1) world.ask({ consumer: "burst" });
      trickle(world, { consumer: "b" }, { everyMs: 1000 });
    }, 20_000);
    const waits = told.consumers.find(({ consumer }) => consumer === "b")?.waits;
    expect(waits?.fromMs).toBe(0);
    expect(Math.abs((waits?.atWorstMs ?? 0) - came("b").worstMs)).toBeLessThan(2000);
    const last = came("b").lastMs ?? 0;
    expect(Math.abs((waits?.untilMs ?? 0) - last)).toBeLessThan(0.15 * last);
  });

  it("tell of demand at random, beyond the limit, who waits longest and about how long", () => {
    const { told, came } = foretold((world) => {
      stream(world, { consumer: "a" }, { perMinute: 130, seed: 1 });
      stream(world, { consumer: "b" }, { perMinute: 80, seed: 2 });
      stream(world, { consumer: "c" }, { perMinute: 20, seed: 3 });
    }, 180_000);
    const waitsOf = (name: string) =>
      told.consumers.find(({ consumer }) => consumer === name)?.waits;
    const error = Math.abs((waitsOf("a")?.atWorstMs ?? 0) - came("a").worstMs);
    expect(error).toBeLessThan(0.25 * came("a").worstMs);
    expect(waitsOf("b")?.atWorstMs ?? 0).toBeLessThan(0.25 * came("a").worstMs);
    expect(waitsOf("c")?.atWorstMs ?? 0).toBeLessThan(10_000);
  });

  it("tell of a route's own limit who waits for it, and that the rest does not", () => {
    const outcome = foretold((world) => {
      const policies = [policy("route:reports", 20)];
      trickle(world, { consumer: "a", policies }, { everyMs: 4000 });
      trickle(world, { consumer: "b", policies }, { everyMs: 5000 });
      trickle(world, { consumer: "c" }, { everyMs: 1000 });
    }, 60_000);
    for (const name of ["a", "b"]) {
      expect(toldOf(outcome, name)).toMatchObject({
        heldBy: "route:reports",
        waits: { fromMs: 0 },
      });
      expect(errorOf(outcome, name)).toBeLessThan(0.1);
    }
    expect(toldOf(outcome, "c")).not.toHaveProperty("waits");
    expect(outcome.came("c").worstMs).toBeLessThan(1000);
  });

  it("tell of a capped flood how long its line is, and that what it leaves is enough for others", () => {
    const outcome = foretold((world) => {
      flood(world, { consumer: "capped", policies: [policy("cap:capped", 30)] }, { callers: 20 });
      trickle(world, { consumer: "b" }, { everyMs: 500 });
    }, 180_000);
    expect(toldOf(outcome, "capped")).toMatchObject({ heldBy: "cap:capped", waits: { fromMs: 0 } });
    expect(toldOf(outcome, "capped")?.waits).not.toHaveProperty("untilMs");
    expect(errorOf(outcome, "capped")).toBeLessThan(0.25);
    expect(toldOf(outcome, "b")).not.toHaveProperty("waits");
    expect(outcome.came("b").worstMs).toBeLessThan(1000);
  });

  it("tell of one under a cap and a route at once, and of the line of who takes the rest", () => {
    const outcome = foretold((world) => {
      const [cap, route] = [policy("cap:a", 60), policy("route:r", 40)];
      trickle(world, { consumer: "a", policies: [cap, route] }, { everyMs: 1200 });
      trickle(world, { consumer: "a", policies: [cap] }, { everyMs: 3000 });
      trickle(world, { consumer: "b" }, { everyMs: 400 });
    }, 60_000);
    expect(toldOf(outcome, "a")).toMatchObject({ heldBy: "route:r" });
    expect(errorOf(outcome, "a")).toBeLessThan(0.1);
    // 60 of 200 are the other's, so that what b asks for does not fit: 80 s at last.
    expect(toldOf(outcome, "b")).not.toHaveProperty("heldBy");
    expect(errorOf(outcome, "b")).toBeLessThan(0.25);
  });
});
