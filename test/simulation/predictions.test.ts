import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { flood, stream, trickle } from "./demand.ts";
import { table } from "./figures.ts";
import { foretell, judge, type Verdict } from "./predictions.ts";
import { CLIENTEXEC, QuotaWorld } from "./quota-world.ts";
import { worstWindow } from "../support/ledger-world.ts";
import type { LedgerTerms } from "../../src/ports/ledger.ts";

/*
 * Forecasts against what came of them, for every request that had to wait in a third of an hour of the simulated quota (SLUICE_HOURS: longer). `exact`
 * forecasts from an outlook taken at the instant; `cached` as the scheduler does, from one at most 200 ms old, which
 * does not know of those who joined meanwhile through other processes.
 */

const RUN_MS = 3_600_000 * Number(process.env["SLUICE_HOURS"] ?? 1 / 3);

const HISTORIES = Number(process.env["SLUICE_HISTORIES"] ?? 60);

interface Shape {
  readonly name: string;
  /** The weights of all who ask, together. */
  readonly weights: number;
  readonly terms?: LedgerTerms;
  readonly fill: (world: QuotaWorld) => void;
}

const rows: [string, string, string][] = [
  ["forecasts of demand that", "right within 10 % or 1 s", "bound broken"],
];
afterAll(() => {
  process.stdout.write(`\n${table(rows)}\n\n`);
});

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** Runs a world and holds its forecasts against it; the first span, in which demand only takes its shape, is left out. */
function run({ name, weights, terms = CLIENTEXEC, fill }: Shape, exact: boolean): Verdict {
  const world = new QuotaWorld(terms);
  const predictions = foretell(world, { weights, exact });
  fill(world);
  world.run(RUN_MS);
  const verdict = judge(predictions.filter(({ asked }) => asked.askedAt > 70_000));
  const { count, right, over, under, broken } = verdict;
  rows.push([
    `${name}, ${exact ? "exact" : "cached"}`,
    `${percent(right)} of ${count} (${percent(over)} too long, ${percent(under)} too short)`,
    `${broken}`,
  ]);
  return verdict;
}

const keepingShape: readonly Shape[] = [
  {
    name: "keeps its shape: floods of weight 5, 3 and 1",
    weights: 9,
    fill(world) {
      for (const [consumer, weight] of Object.entries({ a: 5, b: 3, c: 1 })) {
        flood(world, { consumer, weight }, { callers: 60 });
      }
    },
  },
  {
    name: "keeps its shape: two unequal floods, two at random",
    weights: 6,
    fill(world) {
      flood(world, { consumer: "a" }, { callers: 100 });
      flood(world, { consumer: "b", weight: 3 }, { callers: 40 });
      stream(world, { consumer: "c" }, { perMinute: 20, seed: 1 });
      stream(world, { consumer: "d" }, { perMinute: 5, seed: 2 });
    },
  },
  {
    name: "keeps its shape: a flood and five that trickle",
    weights: 6,
    fill(world) {
      flood(world, { consumer: "flood" }, { callers: 100 });
      for (let index = 0; index < 5; index += 1) {
        const asking = { consumer: `light ${index}`, process: `p${(index % 3) + 1}` };
        trickle(world, asking, { everyMs: 4000 + index * 1000 });
      }
    },
  },
  {
    name: "keeps its shape: five at random, together more than the limit",
    weights: 5,
    fill(world) {
      for (let index = 0; index < 5; index += 1) {
        stream(world, { consumer: `c${index}` }, { perMinute: 20 + index * 15, seed: index });
      }
    },
  },
  {
    name: "keeps its shape: two windows, costs of 1 and 5",
    weights: 3,
    terms: {
      ...CLIENTEXEC,
      quotas: [...CLIENTEXEC.quotas, { name: "h", limit: 5000, windowMs: 3_600_000, padMs: 1000 }],
    },
    fill(world) {
      flood(world, { consumer: "a", cost: 5 }, { callers: 20 });
      flood(world, { consumer: "b", weight: 2 }, { callers: 50 });
    },
  },
];

describe("a forecast", { timeout: Math.max(60_000, RUN_MS / 30) }, () => {
  it.each(keepingShape)("is right nine times in ten where demand $name", (shape) => {
    const [exact, cached] = [run(shape, true), run(shape, false)];
    expect(cached.count).toBeGreaterThanOrEqual(1000);
    expect(exact.right).toBeGreaterThanOrEqual(0.9);
    expect(cached.right).toBeGreaterThanOrEqual(0.9);
    expect(exact.broken).toBe(0);
  });

  it.each([
    ["a flood and five at random, 80 a minute together", 100, [10, 13, 16, 19, 22]],
    ["five at random, 92 % of the limit together", 0, [36, 36, 36, 36, 36]],
  ] as const)("is right as often as chance lets it be: %s", (name, callers, perMinute) => {
    // How many come within a wait is not known before; half a minute at 80 a minute is 40, give or take 6.
    const shape = {
      name: `keeps its mean only: ${name}`,
      weights: 6,
      fill(world: QuotaWorld) {
        flood(world, { consumer: "flood" }, { callers });
        for (const [seed, mean] of perMinute.entries()) {
          stream(world, { consumer: `c${seed}` }, { perMinute: mean, seed });
        }
      },
    };
    const [exact, cached] = [run(shape, true), run(shape, false)];
    expect(cached.right).toBeGreaterThan(0.7);
    expect(exact.broken).toBe(0);
  });

  it("is right as often as it is while consumers come and go; the bound holds nevertheless", () => {
    const shape = {
      name: "changes: six come and go",
      weights: 6,
      fill(world: QuotaWorld) {
        for (let at = 0; at < RUN_MS; at += 300_000) {
          for (let index = 0; index < 6; index += 1) {
            const fromMs = at + index * 37_000;
            const untilMs = fromMs + 90_000 + index * 10_000;
            flood(world, { consumer: `c${index}` }, { callers: 10 + 5 * index, fromMs, untilMs });
          }
        }
      },
    };
    const [exact, cached] = [run(shape, true), run(shape, false)];
    expect(cached.count).toBeGreaterThanOrEqual(1000);
    expect(exact.broken).toBe(0);
  });

  it(
    "keeps its bound in any history, and no history exceeds the limit",
    { timeout: 120_000 },
    () => {
      const quotas = [{ name: "q", limit: 20, windowMs: 6000, padMs: 200 }];
      const weights = { a: 1, b: 1, c: 3, d: 2 };
      const batch = fc.record({
        atMs: fc.integer({ min: 0, max: 60_000 }),
        consumer: fc.constantFrom("a" as const, "b" as const, "c" as const, "d" as const),
        count: fc.integer({ min: 1, max: 25 }),
        process: fc.constantFrom("p1", "p2", "p3"),
        everyMs: fc.constantFrom(0, 0, 50, 300, 1500),
      });
      let count = 0;
      const history = fc.array(batch, { minLength: 3, maxLength: 25 });
      fc.assert(
        fc.property(history, (batches) => {
          const world = new QuotaWorld({ ...CLIENTEXEC, quotas });
          const predictions = foretell(world, { weights: 7, exact: true });
          for (const { atMs, consumer, count: units, process, everyMs } of batches) {
            const asking = { consumer, weight: weights[consumer], process };
            for (let index = 0; index < units; index += 1) {
              world.events.after(atMs + index * everyMs, () => world.ask(asking));
            }
          }
          world.run(600_000);
          const verdict = judge(predictions);
          count += verdict.count;
          expect(verdict.broken).toBe(0);
          expect(worstWindow(world.departures, 6000)).toBeLessThanOrEqual(20);
        }),
        { numRuns: HISTORIES },
      );
      rows.push([`${HISTORIES} random histories, exact`, `(${count} forecasts)`, "0"]);
    },
  );

  it("keeps its bound where batches come out of nowhere", () => {
    const shape = {
      name: "changes: a flood, and 100 at once every two minutes",
      weights: 2,
      fill(world: QuotaWorld) {
        flood(world, { consumer: "flood" }, { callers: 50 });
        for (let at = 100_000; at < RUN_MS; at += 120_000) {
          world.events.after(at, () => {
            for (let index = 0; index < 100; index += 1) {
              world.ask({ consumer: "batch", process: "p2" });
            }
          });
        }
      },
    };
    expect(run(shape, true).broken).toBe(0);
    run(shape, false);
  });
});
