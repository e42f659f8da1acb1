import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { table } from "./figures.ts";
import { CLIENTEXEC, QuotaWorld, type Asked } from "./quota-world.ts";
import { Lookout } from "../../src/schedule/lookout.ts";
import { hopelessProblem } from "../../src/schedule/refusals.ts";

/*
 * What clients are told, held against what comes of it when they do as told, in random histories: several consumers
 * with weights, batches and streams through three processes, pauses. SLUICE_HISTORIES: how many.
 */

const HISTORIES = Number(process.env["SLUICE_HISTORIES"] ?? 1000);

/** 20 in 6 s. */
const TERMS = { ...CLIENTEXEC, quotas: [{ name: "q", limit: 20, windowMs: 6000, padMs: 200 }] };

const WEIGHTS = { a: 1, b: 2, c: 3, me: 1 };

/** A turn of the asker's process, and one of another that it hints. */
const TURNS_MS = 0.01;

const batch = fc.record({
  atMs: fc.integer({ min: 0, max: 20_000 }),
  consumer: fc.constantFrom("a" as const, "b" as const, "c" as const, "me" as const),
  count: fc.integer({ min: 1, max: 25 }),
  process: fc.constantFrom("p1", "p2", "p3"),
  everyMs: fc.constantFrom(0, 0, 50, 300, 1500),
});

const history = fc.record({
  batches: fc.array(batch, { minLength: 1, maxLength: 12 }),
  pause: fc.option(fc.record({ agoMs: fc.nat(3000), forMs: fc.nat(8000) }), { freq: 3 }),
  askAtMs: fc.integer({ min: 1, max: 20_000 }),
  cost: fc.constantFrom(1, 1, 1, 3),
  mayWaitMs: fc.constantFrom(0, 0, 500, 3000),
});

type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

const rows: [string, string, string][] = [["what is told, in random histories", "cases", "worst"]];
afterAll(() => {
  process.stdout.write(`\n${table(rows)}\n\n`);
});

/** The world up to the instant at which somebody asks; whoever was to ask later does not (`until`). */
function begin({ batches, pause, askAtMs }: History): QuotaWorld {
  const world = new QuotaWorld(TERMS);
  for (const { atMs, consumer, count, process, everyMs } of batches) {
    for (let index = 0; index < count; index += 1) {
      const at = atMs + index * everyMs;
      if (at >= askAtMs) break;
      const asking = { consumer, weight: WEIGHTS[consumer], process };
      world.events.after(at, () => world.ask(asking));
    }
  }
  // One that comes later is a new reason.
  if (pause)
    world.events.after(Math.max(0, askAtMs - 1 - pause.agoMs), () => world.pause(pause.forMs));
  world.run(askAtMs);
  return world;
}

function lookoutOf(world: QuotaWorld): Lookout {
  const lookout = new Lookout(TERMS, () => 7);
  lookout.ask(new Map());
  lookout.learn(world.outlook(), world.events.nowMs);
  return lookout;
}

function ask(world: QuotaWorld, cost = 1): Asked {
  return world.ask({ consumer: "me", process: "p2", cost });
}

const waited = ({ askedAt, departedAt = Infinity }: Asked): number => departedAt - askedAt;

describe("a consumer's share", { timeout: 120_000 }, () => {
  it("is there: what is left leaves at once, and where nothing is, a unit leaves in the time told", () => {
    let [given, counted] = [0, 0];
    fc.assert(
      fc.property(history, (past) => {
        const world = begin({ ...past, pause: null });
        const share = lookoutOf(world).share({ consumer: "me", weight: 1 }, world.events.nowMs);
        const { left = 0, moreInMs = 0 } = share ?? {};
        const asked = Array.from({ length: Math.max(1, left) }, () => ask(world));
        world.run(TURNS_MS + (left > 0 ? 0 : moreInMs));
        given += left;
        counted += 1;
        for (const one of asked) {
          expect(waited(one)).toBeLessThanOrEqual(TURNS_MS + (left > 0 ? 0 : moreInMs));
        }
      }),
      { numRuns: HISTORIES },
    );
    rows.push(["a share, taken at once", `${counted} (${given} units)`, "kept"]);
  });
});

describe("Retry-After", { timeout: 120_000 }, () => {
  it("lets in who obeys it, unless others have come meanwhile", () => {
    let [cases, short] = [0, 0];
    let shortest = 0;
    fc.assert(
      fc.property(history, (past) => {
        const world = begin(past);
        const prospect = { consumer: "me", weight: 1, cost: past.cost, urgency: 3 };
        const foresight = lookoutOf(world).foresee(prospect, world.events.nowMs);
        fc.pre(foresight !== undefined && foresight.waitMs > past.mayWaitMs + 1000);
        if (!foresight) return;
        const { retryAfterSeconds = 0 } = hopelessProblem(foresight, past.mayWaitMs).details;
        world.run(retryAfterSeconds * 1000);
        const again = ask(world, past.cost);
        world.run(60_000);
        cases += 1;
        const late = waited(again) - past.mayWaitMs - TURNS_MS;
        if (late > 0) short += 1;
        shortest = Math.max(shortest, late);
      }),
      { numRuns: HISTORIES },
    );
    rows.push(["Retry-After, obeyed", `${cases}, ${short} too short`, `${shortest} ms`]);
    expect(short).toBe(0);
  });
});
