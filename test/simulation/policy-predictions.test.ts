import { afterAll, describe, expect, it } from "vitest";
import { flood, stream, trickle } from "./demand.ts";
import { table } from "./figures.ts";
import { foretell, judge } from "./predictions.ts";
import { CLIENTEXEC, QuotaWorld, type Asked } from "./quota-world.ts";
import type { Policy } from "../../src/ports/ledger.ts";

/*
 * Forecasts for requests that are under inner quotas, against what came of them; by who is under one, and who is not.
 */

const RUN_MS = 3_600_000 * Number(process.env["SLUICE_HOURS"] ?? 1 / 3);

interface Shape {
  readonly name: string;
  readonly weights: number;
  /** How many of those under a policy must be right: fewer where they come so seldom that their rate is hardly known. */
  readonly least: number;
  readonly play: (world: QuotaWorld) => void;
}

const rows: [string, string, string][] = [
  ["forecasts of demand that keeps its shape", "right within 10 % or 1 s", "bound broken"],
];
afterAll(() => {
  process.stdout.write(`\n${table(rows)}\n\n`);
});

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

function policy(name: string, limit: number): Policy {
  return { name, limit, windowMs: 60_000, padMs: 1000 };
}

const isUnder = ({ asking }: Asked): boolean => (asking.policies ?? []).length > 0;

const shapes: readonly Shape[] = [
  {
    name: "a route of 20/min, three at it, beside a flood",
    weights: 5,
    least: 0.75,
    play(world) {
      const policies = [policy("route", 20)];
      flood(world, { consumer: "a", weight: 2, policies }, { callers: 12 });
      flood(world, { consumer: "b", policies }, { callers: 8 });
      flood(world, { consumer: "b" }, { callers: 20 });
      flood(world, { consumer: "flood" }, { callers: 60 });
      stream(world, { consumer: "c", policies }, { perMinute: 2, seed: 5 });
    },
  },
  {
    name: "a cap of 30/min beside two floods",
    weights: 4,
    least: 0.95,
    play(world) {
      flood(
        world,
        { consumer: "capped", weight: 2, policies: [policy("cap", 30)] },
        { callers: 20 },
      );
      for (const consumer of ["a", "b"]) flood(world, { consumer }, { callers: 60 });
    },
  },
  {
    name: "a reserve of 20 of 200, two floods and urgent work",
    weights: 3,
    least: 0.95,
    play(world) {
      const policies = [policy("bulk", 180)];
      for (const consumer of ["a", "b"]) flood(world, { consumer, policies }, { callers: 60 });
      stream(world, { consumer: "desk", urgency: 0 }, { perMinute: 10, seed: 3 });
    },
  },
  {
    name: "a capped consumer on a route, with others",
    weights: 3,
    least: 0.75,
    play(world) {
      const route = policy("route", 40);
      const cap = policy("cap", 30);
      flood(world, { consumer: "capped", policies: [cap] }, { callers: 10 });
      flood(world, { consumer: "capped", policies: [cap, route] }, { callers: 10 });
      flood(world, { consumer: "a", policies: [route] }, { callers: 20 });
      flood(world, { consumer: "b" }, { callers: 60 });
      trickle(world, { consumer: "b", policies: [route] }, { everyMs: 9000 });
    },
  },
];

describe("foreseeUnder()", { timeout: 120_000 }, () => {
  it.each(shapes)("$name: is right where rates are known, and the bound holds", (shape) => {
    const world = new QuotaWorld(CLIENTEXEC);
    const predictions = foretell(world, { weights: shape.weights });
    shape.play(world);
    world.run(RUN_MS);
    const settled = predictions.filter(({ asked }) => asked.askedAt > 70_000);
    for (const under of [true, false]) {
      const {
        count,
        right,
        over,
        under: less,
        broken,
      } = judge(settled.filter(({ asked }) => isUnder(asked) === under));
      if (count === 0) continue;
      rows.push([
        `${shape.name}: ${under ? "under it" : "not"}`,
        `${percent(right)} of ${count} (${percent(over)} too long, ${percent(less)} too short)`,
        `${broken}`,
      ]);
      expect.soft(broken).toBe(0);
      expect.soft(right).toBeGreaterThanOrEqual(under ? shape.least : 0.9);
    }
  });
});
