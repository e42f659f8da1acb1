import { describe, expect, it } from "vitest";
import { openConsumers } from "../../src/operate/open-consumers.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createMemoryConsumers, SharedConsumers } from "../support/memory-consumers.ts";
import { settings, upstream } from "../support/settings.ts";

const TERMS = { weight: 1, priority: 3, allow: [], mayForce: false };

describe("openConsumers()", () => {
  it("lets whoever is made at the desk in, and knows the name", async () => {
    const clock = new FakeClock();
    const store = createMemoryConsumers(new SharedConsumers(), { clock });
    const seed = { name: "seed", key: "seed-key-0123", ...TERMS };
    const given = settings({ consumers: [seed] });
    const { directory, desk, known } = await openConsumers(given, store, clock);
    const made = await desk.create({ name: "made", terms: TERMS });
    if (made.kind !== "keyed") throw new Error(made.kind);
    expect(directory.find(made.key)).toMatchObject({ kind: "known", consumer: { name: "made" } });
    expect(known.consumers).toEqual(["seed", "made"]);
    await desk.rotate({ name: "made", overlapMs: 1000 });
    expect(directory.find(made.key).kind).toBe("known");
    await clock.advance(1000);
    expect(directory.find(made.key).kind).toBe("expired");
    await store.close();
  });

  it("knows from the start whom the store has", async () => {
    const table = new SharedConsumers();
    const clock = new FakeClock();
    const first = await openConsumers(settings(), createMemoryConsumers(table, { clock }), clock);
    await first.desk.create({ name: "made", terms: TERMS });
    const later = await openConsumers(settings(), createMemoryConsumers(table, { clock }), clock);
    expect([later.directory.names, later.directory.open]).toEqual([["made"], false]);
  });

  it("fails where the store does not answer: nobody knows then who may be let in", async () => {
    const table = new SharedConsumers();
    table.fault = new StoreFault("away");
    const clock = new FakeClock();
    const opening = openConsumers(settings(), createMemoryConsumers(table, { clock }), clock);
    await expect(opening).rejects.toThrow(StoreFault);
  });

  it("goes by another file from a reload on: who is let in, whom the desk leaves alone, which upstreams orders know", async () => {
    const clock = new FakeClock();
    const store = createMemoryConsumers(new SharedConsumers(), { clock });
    const seed = { name: "seed", key: "seed-key-0123", ...TERMS };
    const who = await openConsumers(settings({ consumers: [seed] }), store, clock);
    const next = { name: "next", key: "next-key-0123", ...TERMS };
    who.reload(settings({ consumers: [next], upstreams: [upstream({ name: "new" })] }));
    expect(who.directory.find("seed-key-0123").kind).toBe("unknown");
    expect(who.directory.find("next-key-0123").kind).toBe("known");
    expect(await who.desk.remove("next")).toEqual({ kind: "refused", why: "in-file" });
    expect(who.known.upstreams.map(({ name }) => name)).toEqual(["new"]);
    expect(who.known.consumers).toEqual(["next"]);
    await store.close();
  });
});
