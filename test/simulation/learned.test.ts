import { describe, expect, it } from "vitest";
import { fullestWindow } from "../simulator/window.ts";
import { LearnedWorld } from "./learned-world.ts";

describe("limits that change", () => {
  it("probe", async () => {
    const world = new LearnedWorld(2);
    for (const target of ["/a", "/b", "/c"]) world.flood(target, 6);
    await world.run(3);
    world.api.window.limit = 120;
    await world.run(20);
    world.api.window.limit = 200;
    await world.run(12);
    world.end();
    const refusals = world.api.came.filter(({ status }) => status === 429);
    console.log(refusals.map(({ atMs, target }) => `${(atMs / 60_000).toFixed(2)}${target}`).join(" "));
    console.log(world.changes.map(({ at, subject, from, to, kind }) => `${((at - 1_800_000_000_000) / 60_000).toFixed(2)} ${kind} ${subject} ${from}->${to}`).join("\n"));
    for (let minute = 0; minute < 35; minute += 1) console.log(minute, world.came(minute, minute + 1).length);
    console.log(fullestWindow(world.came(5, 23).map(({ atMs }) => atMs), 60_000));
    expect(1).toBe(1);
  }, 120_000);
});
