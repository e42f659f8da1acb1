import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutageWorld, type Failing, type Return } from "./outage-world.ts";
import { worstWindow } from "../support/ledger-world.ts";

/*
 * Promise P1 while Redis is away from all (P10): no window ever holds more than the limit, whatever happens.
 */

type Move =
  | {
      readonly kind: "outage";
      readonly failing: Failing;
      readonly ms: number;
      readonly back: Return;
    }
  | { readonly kind: "kill" | "idle" | "ask"; readonly pick: number }
  | { readonly kind: "start" };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("outage" as const),
      failing: fc.constantFrom<Failing>("refusing", "frozen", "late"),
      ms: fc.constantFrom(300, 2500, 5900, 6300, 7100, 9000, 15_000, 21_000),
      back: fc.constantFrom<Return>("as-it-was", "restarted", "empty"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("kill" as const, "idle" as const, "ask" as const),
      pick: fc.nat(10),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("start" as const) }) },
);

const step = fc.record({
  afterMs: fc.constantFrom(10, 400, 1900, 3000, 6500),
  /** Within an outage: what happens half-way. */
  move,
  midway: fc.option(move, { nil: undefined }),
});

async function act(world: OutageWorld, one: Move | undefined): Promise<void> {
  const living = world.members.filter(({ alive }) => alive);
  switch (one?.kind) {
    case "kill": {
      const victim = living[one.pick % living.length];
      if (victim && living.length > 1) world.kill(victim);
      break;
    }
    case "idle":
    case "ask": {
      const member = living[one.pick % living.length];
      if (member) member.asking = one.kind === "ask";
      break;
    }
    case "start": {
      const member = living.length < 3 ? await world.start() : undefined;
      if (member) world.load(member, 8);
      break;
    }
    case "outage":
    case undefined:
      break;
    default:
      one satisfies never;
  }
}

async function trio(changes = {}): Promise<OutageWorld> {
  const world = new OutageWorld(changes);
  for (let count = 0; count < 3; count += 1) {
    const member = await world.start();
    if (member) world.load(member, 8);
  }
  return world;
}

describe("a store that is lost to all", () => {
  it("lets no window hold more than the limit, in random outages, kills and starts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), async (history) => {
        const world = await trio();
        await world.clock.advance(3000);
        for (const { afterMs, move: one, midway } of history) {
          await world.clock.advance(afterMs);
          await act(world, one);
          if (one.kind !== "outage") continue;
          world.lose(one.failing);
          await world.clock.advance(one.ms / 2);
          await act(world, midway);
          await world.clock.advance(one.ms / 2);
          world.restore(one.back);
        }
        await world.clock.advance(9000);
        expect(worstWindow(world.departures(), world.spanMs)).toBeLessThanOrEqual(20);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("is made good by parts that together use the limit, and by the whole soon after its return", async () => {
    const world = await trio();
    await world.clock.advance(10_000);
    world.lose("frozen");
    await world.clock.advance(30_000);
    // A full span from the failure that was known last, which takes a command's time-out.
    const [from, to] = [10_000 + 2 * world.spanMs + 2000, 40_000];
    const share = (20 * (to - from)) / world.spanMs;
    expect(world.departures(from, to).length).toBeGreaterThan(0.9 * share);
    for (const member of world.members) {
      expect(world.departures(from, to, member).length).toBeGreaterThan(0.8 * (share / 3));
      expect(world.departures(10_000, 10_000 + world.spanMs, member)).toEqual([]);
    }
    world.restore("as-it-was");
    await world.clock.advance(20_000);
    expect(world.departures(42_000, 43_000).length).toBeGreaterThan(0);
    const after = world.departures(43_000 + world.spanMs, 60_000).length;
    expect(after).toBeGreaterThan((0.95 * 20 * (17_000 - world.spanMs)) / world.spanMs);
    expect(worstWindow(world.departures(), world.spanMs)).toBeLessThanOrEqual(20);
  });
});
