import { describe, expect, it } from "vitest";
import { fullestWindow, RollingWindow } from "../simulator/window.ts";
import { LearnedWorld } from "./learned-world.ts";
import { table } from "./figures.ts";
import type { Came } from "./metered-api.ts";

/*
 * Must show 5 of the quota manager, in simulated minutes: instances as they run, before an upstream whose limits are not
 * those of the configuration (200 a minute).
 */

const MINUTE = 60_000;

function fullest(came: readonly Came[], status?: number): number {
  const chosen = came.filter((one) => status === undefined || one.status === status);
  return fullestWindow(
    chosen.map(({ atMs }) => atMs),
    MINUTE,
  );
}

const refused = (came: readonly Came[]): Came[] => came.filter(({ status }) => status === 429);

function busy(instances: number): LearnedWorld {
  const world = new LearnedWorld(instances);
  for (const target of ["/a", "/b", "/c"]) world.flood(target, 2);
  return world;
}

/** What is shown of a limit that is lower from minute 2 to 12. */
function shown(world: LearnedWorld, name: string) {
  const settled = world.changes.find(({ kind, to }) => kind === "limit" && to <= 122);
  const settledAt = ((settled?.at ?? 0) - world.clock.now() + world.clock.monotonic()) / MINUTE;
  const figures = {
    toSettle: refused(world.came(2, settledAt + 0.1)).length,
    limit: settled?.to ?? 0,
    answered: fullest(world.came(settledAt, 12), 200),
    asked: fullest(world.came(settledAt, 12)),
    backAt: world.came(21, 22).length,
  };
  tell(name, figures);
  return figures;
}

function tell(name: string, figures: Readonly<Record<string, number>>): void {
  const rows = Object.entries(figures).map(([what, value]) => [name, what, String(value)] as const);
  console.log(table(rows));
}

describe("a limit that is not the configured one", () => {
  it("is settled at after three refusals at most where it is lowered from 200 to 120, and used again when raised", async () => {
    const world = busy(2);
    await world.run(2);
    world.api.window.limit = 120;
    await world.run(10);
    world.api.window.limit = 200;
    await world.run(10);
    world.end();
    const figures = shown(world, "lowered to 120");
    expect(figures.toSettle).toBeLessThanOrEqual(3);
    expect(figures.limit).toBeLessThanOrEqual(120);
    expect(figures.answered).toBeLessThanOrEqual(120);
    // A trial is noticed by the one request that is refused.
    expect(figures.asked).toBeLessThanOrEqual(121);
    expect(figures.backAt).toBeGreaterThan(0.95 * 200);
  }, 60_000);

  it("is what a foreign user of the same key leaves, until that stops", async () => {
    const world = busy(1);
    await world.run(2);
    const foreign = new AbortController();
    void world.api.foreign(80, foreign.signal);
    await world.run(10);
    foreign.abort();
    await world.run(10);
    world.end();
    const figures = shown(world, "80 by others");
    expect(figures.toSettle).toBeLessThanOrEqual(3);
    expect(figures.limit).toBeLessThanOrEqual(122);
    expect(figures.backAt).toBeGreaterThan(0.95 * 200);
  }, 60_000);

  it("is taken from what the upstream tells, and so is what others spend", async () => {
    const world = busy(1);
    world.api.tell = (window, now) => [
      "RateLimit-Policy",
      `"api";q=${window.limit};w=60`,
      "RateLimit",
      `"api";r=${Math.max(0, window.limit - window.used(now))};t=60`,
    ];
    await world.run(2);
    world.api.window.limit = 150;
    const foreign = new AbortController();
    await world.run(2);
    void world.api.foreign(50, foreign.signal);
    await world.run(8);
    const lowered = refused(world.api.came).length;
    const answered = world.came(10, 11).length;
    foreign.abort();
    world.api.window.limit = 200;
    await world.run(10);
    world.end();
    const backAt = world.came(21, 22).length;
    tell("told in fields", { refused: lowered, aMinute: answered, backAt });
    expect(lowered).toBeLessThanOrEqual(3);
    expect(answered).toBeGreaterThan(85);
    expect(backAt).toBeGreaterThan(0.95 * 200);
  }, 60_000);
});

describe("an endpoint with a limit of its own", () => {
  it("pauses alone once it was refused twice, and keeps to its limit, while the others go on", async () => {
    const world = new LearnedWorld(2);
    world.api.endpoints.set("/report?apikey=sim-key", new RollingWindow(20, MINUTE));
    for (const target of ["/a", "/b"]) world.flood(target, 4);
    world.flood("/report", 4);
    await world.run(15);
    world.end();
    const others = world.api.came.filter(({ target }) => !target.startsWith("/report"));
    // The refusal that told pauses everybody still, for a window at most.
    const foundAt = (world.changes[0]?.at ?? 0) - world.clock.now() + world.clock.monotonic();
    const known = foundAt + MINUTE + 2000;
    const after = others.filter(({ atMs }) => atMs > known).map(({ atMs }) => atMs);
    const silence = Math.max(...after.slice(1).map((at, index) => at - (after[index] ?? at)));
    const reports = fullest(
      world.api.came.filter(({ target, atMs }) => target.startsWith("/report") && atMs > known),
      200,
    );
    const all = world.came(13, 14).length;
    tell("endpoint of 20", { silenceOfOthersMs: Math.round(silence), reports, aMinute: all });
    expect(refused(others)).toEqual([]);
    expect(silence).toBeLessThan(2000);
    expect(reports).toBeLessThanOrEqual(20);
    expect(all).toBeGreaterThan(0.95 * 200);
  }, 60_000);

  it.each([40, 150])(
    "is told from the quota though %i callers of each wait when it is found, and lets none of these through to a refusal each",
    async (callers) => {
      const world = new LearnedWorld(2);
      world.api.endpoints.set("/report?apikey=sim-key", new RollingWindow(20, MINUTE));
      for (const target of ["/a", "/b", "/report"]) world.flood(target, callers);
      await world.run(8);
      world.end();
      const aMinute = world.came(6, 7).length;
      const afterFirst = refused(world.came(1)).length;
      tell(`${callers} callers each`, { refused: afterFirst, aMinute });
      expect(world.changes.filter(({ kind }) => kind === "limit")).toEqual([]);
      expect(afterFirst).toBeLessThanOrEqual(6);
      expect(aMinute).toBeGreaterThan(0.95 * 200);
    },
    60_000,
  );
});
