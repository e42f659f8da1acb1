import { describe, expect, it } from "vitest";
import { takeOutlook } from "../../src/schedule/outlook.ts";
import { LedgerWorld, terms } from "../support/ledger-world.ts";

function outlookOf(world: LedgerWorld) {
  const clock = Math.round(world.nowMs * 1000);
  return takeOutlook({ tables: world.tables, terms: world.terms, clock, memory: "memory-1" });
}

describe("takeOutlook()", () => {
  it("tells where everybody stands, those who do not wait included", () => {
    const world = new LedgerWorld();
    world.ask("p1", "idle");
    world.run(100);
    for (let index = 0; index < 25; index += 1) world.ask("p1", "busy", { weight: 2 });
    world.run(0);
    const outlook = outlookOf(world);
    const [busy, idle] = outlook.consumers;
    expect(busy).toMatchObject({ consumer: "busy", weight: 2, waiting: 6, units: 6, joined: 25 });
    expect(idle).toMatchObject({ consumer: "idle", waiting: 0, units: 0, joined: 1 });
    expect(idle?.start).toBe(Math.max(1, outlook.virtual));
    expect(outlook.quotas[0]).toMatchObject({ quota: "test", used: 20 });
    expect(outlook.quotas[0]?.frees[0]).toEqual({ units: 1, inMs: 6100 });
  });

  it("leaves out units that have run out, and writes nothing", () => {
    const world = new LedgerWorld();
    for (let index = 0; index < 20; index += 1) world.ask("p1", "a");
    world.run(10);
    const before = world.tables.read("state", "now");
    world.nowMs += 10_000;
    expect(outlookOf(world).quotas[0]).toEqual({ quota: "test", used: 0, frees: [] });
    expect(world.tables.size("log:6000")).toBe(20);
    expect(world.tables.read("state", "now")).toBe(before);
  });

  it("tells a large window at 64 points, the first and the last among them", () => {
    const quota = { name: "q", limit: 1000, windowMs: 6000, padMs: 0 };
    const world = new LedgerWorld(terms({ quotas: [quota] }));
    for (let index = 0; index < 500; index += 1) world.ask("p1", "a");
    world.run(1000);
    const { frees = [] } = outlookOf(world).quotas[0] ?? {};
    expect(frees).toHaveLength(64);
    expect([frees[0]?.units, frees.at(-1)?.units]).toEqual([1, 500]);
  });

  it("tells of a pause and of its probe", () => {
    const world = new LedgerWorld();
    world.ask("p1", "a");
    world.run(10);
    world.throttle("p1", "t1", 3000);
    expect(outlookOf(world)).toMatchObject({ blockedForMs: 3000, probing: true });
    world.run(3100);
    expect(outlookOf(world)).toMatchObject({ blockedForMs: 0, probing: true, ramping: false });
    world.ask("p1", "a");
    world.run(100);
    expect(outlookOf(world)).toMatchObject({ blockedForMs: 0, probing: false, ramping: true });
  });
});
