import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ConsumerDesk } from "../../src/operate/consumer-desk.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createMemoryConsumers, SharedConsumers } from "../support/memory-consumers.ts";
import type { Consumer } from "../../src/ports/settings.ts";

const TERMS = { weight: 1, priority: 3, allow: [], mayForce: false };
const SEED: Consumer = { name: "seed", key: "seed-key-0123", ...TERMS };

function desk(table = new SharedConsumers(), founders: readonly Consumer[] = []) {
  const clock = new FakeClock();
  const store = createMemoryConsumers(table, { clock });
  return new ConsumerDesk({ store, founders, clock });
}

describe("ConsumerDesk", () => {
  it("tells a key once, and keeps its digest alone", async () => {
    const table = new SharedConsumers();
    const made = await desk(table).create({ name: "a", terms: TERMS });
    if (made.kind !== "keyed") throw new Error(made.kind);
    expect(made.key).toMatch(/^sluice_[\w-]{43}$/);
    const digest = createHash("sha256").update(made.key).digest("hex");
    expect(made.consumer.keys).toEqual([{ digest }]);
    expect(JSON.stringify(table.kept)).toContain(digest);
    expect(JSON.stringify(table.kept)).not.toContain(made.key);
    const rotated = await desk(table).rotate({ name: "a", overlapMs: 1000 });
    if (rotated.kind !== "keyed") throw new Error(rotated.kind);
    expect(rotated.key).not.toBe(made.key);
  });

  it("changes nobody who is defined in the file", async () => {
    const table = new SharedConsumers();
    const there = desk(table, [SEED]);
    const name = "seed";
    const settled = await Promise.all([
      there.create({ name, terms: TERMS }),
      there.rotate({ name, overlapMs: 0 }),
      there.patch({ name, enabled: false }),
      there.remove(name),
    ]);
    expect(settled).toEqual(settled.map(() => ({ kind: "refused", why: "in-file" })));
    expect(await there.reopen()).toEqual({ kind: "refused", why: "occupied" });
    expect(table.kept.version).toBe(0);
  });

  it("loses no order of two that meet", async () => {
    const table = new SharedConsumers();
    const [one, other] = [desk(table), desk(table)];
    await one.create({ name: "a", terms: TERMS });
    const settled = await Promise.all([
      one.patch({ name: "a", weight: 9 }),
      other.patch({ name: "a", enabled: false }),
      other.create({ name: "b", terms: TERMS }),
      one.create({ name: "b", terms: TERMS }),
    ]);
    expect(settled.map(({ kind }) => kind).toSorted()).toEqual([
      "changed",
      "changed",
      "keyed",
      "refused",
    ]);
    const { consumers } = await one.list();
    expect(consumers).toMatchObject([{ name: "a", weight: 9, enabled: false }, { name: "b" }]);
  });

  it("gives up where others are first again and again", async () => {
    const table = new SharedConsumers();
    table.write = () => Promise.resolve(false);
    const settled = await desk(table).create({ name: "a", terms: TERMS });
    expect(settled).toEqual({ kind: "refused", why: "contended" });
  });

  it("removes and reopens in that order", async () => {
    const there = desk();
    await there.create({ name: "a", terms: TERMS });
    expect(await there.remove("a")).toEqual({ kind: "refused", why: "enabled" });
    expect(await there.reopen()).toEqual({ kind: "refused", why: "occupied" });
    await there.patch({ name: "a", enabled: false });
    expect(await there.remove("a")).toEqual({ kind: "done" });
    expect((await there.list()).gate).toBe("closed");
    expect(await there.reopen()).toEqual({ kind: "done" });
    expect((await there.list()).gate).toBe("opened");
  });

  it("fails while the store is away", async () => {
    const table = new SharedConsumers();
    table.fault = new StoreFault("away");
    await expect(desk(table).create({ name: "a", terms: TERMS })).rejects.toThrow(StoreFault);
  });
});
