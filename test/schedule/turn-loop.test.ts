import { describe, expect, it } from "vitest";
import { Holdings } from "../../src/schedule/holdings.ts";
import { TurnLoop } from "../../src/schedule/turn-loop.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { terms } from "../support/ledger-world.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";

function bench(apart = false) {
  const clock = new FakeClock();
  const shared = new SharedMemory();
  const holdings = new Holdings(() => 6200);
  const granted: string[] = [];
  const store: string[] = [];
  const loop = new TurnLoop({
    ledger: new MemoryLedger(shared, terms(), clock),
    clock,
    holdings,
    terms: terms({ apart }),
    onReply: (reply) => {
      for (const ticket of reply.granted) {
        holdings.grant(ticket, clock.monotonic());
        granted.push(ticket);
      }
    },
    onStore: ({ kind }) => store.push(kind),
  });
  const add = (ticket: string): void => {
    const since = clock.monotonic();
    holdings.add({
      ticket,
      consumer: "a",
      weight: 1,
      cost: 1,
      urgency: 3,
      since,
      returning: false,
    });
    loop.poke();
  };
  return { clock, shared, holdings, granted, store, loop, add };
}

describe("poke()", () => {
  it("joins all that happens in one tick into one turn", async () => {
    const { shared, add, granted } = bench();
    for (let index = 0; index < 10; index += 1) add(`t${index}`);
    await settle();
    expect(granted).toHaveLength(10);
    expect(shared.reports[0]?.joins).toHaveLength(10);
  });

  it("says everything first, and again after a silence in which it may have been dropped", async () => {
    const { clock, shared, add, holdings, loop } = bench();
    add("t1");
    await settle();
    expect(shared.reports[0]?.everything).toBeDefined();
    holdings.end("t1", "returned");
    loop.poke();
    await clock.advance(10);
    const before = shared.reports.length;
    await clock.advance(60_000);
    expect(shared.reports).toHaveLength(before);
    add("t2");
    await settle();
    expect(shared.reports.at(before)?.everything).toBeDefined();
  });

  it("goes on turning while a departure counts, so that its peers know of it", async () => {
    const { clock, shared, add, holdings } = bench();
    add("t1");
    await settle();
    holdings.depart("t1", 0);
    holdings.end("t1", "answered");
    await clock.advance(6000);
    expect(shared.reports.length).toBeGreaterThan(11);
    await clock.advance(10_000);
    expect(shared.reports.length).toBeLessThan(20);
  });

  it("goes on turning without anything to say where processes are to know of each other", async () => {
    const { clock, shared, loop } = bench(true);
    await loop.greet();
    await clock.advance(10_000);
    expect(shared.reports.length).toBeGreaterThan(19);
    expect(shared.reports.length).toBeLessThan(25);
  });

  it("tries again after a failure, telling of the loss and of its end once", async () => {
    const { clock, shared, add, granted, store, loop } = bench();
    shared.failing = "before";
    add("t1");
    await clock.advance(350);
    expect(loop.storeLost).toBe(true);
    shared.failing = "no";
    await clock.advance(200);
    expect(granted).toEqual(["t1"]);
    expect(store).toEqual(["lost", "back"]);
  });
});

describe("pause()", () => {
  it("sends what is left of a pause that the store did not take", async () => {
    const { clock, shared, loop, add } = bench();
    shared.failing = "before";
    await loop.pause({ ticket: "none", forMs: 5000 });
    await clock.advance(1000);
    shared.failing = "no";
    add("t1");
    await clock.advance(1);
    expect(Number(shared.tables.read("state", "pausedUntil"))).toBe(1_000_000_000 + 5_000_000);
  });
});

describe("pause() of policies", () => {
  it("keeps what the store did not take of each, and of the upstream's", async () => {
    const { clock, shared, loop, add } = bench();
    shared.failing = "before";
    await loop.pause({ ticket: "none", forMs: 5000, policy: "r" });
    await loop.pause({ ticket: "none", forMs: 500 });
    await loop.pause({ ticket: "none", forMs: 4000, policy: "s" });
    await clock.advance(1000);
    shared.failing = "no";
    add("t1");
    await clock.advance(1);
    const until = (hash: string) => Number(shared.tables.read(hash, "pausedUntil") ?? 0);
    expect(["policy:r", "policy:s", "state"].map(until)).toEqual([1_005_000_000, 1_004_000_000, 0]);
  });
});

describe("close()", () => {
  it("withdraws the process and turns no more", async () => {
    const { shared, loop, add } = bench();
    add("t1");
    await settle();
    await loop.close();
    const { length } = shared.reports;
    loop.poke();
    await settle();
    expect(shared.reports).toHaveLength(length);
    expect(shared.tables.size("processes")).toBe(0);
  });
});

describe("greet()", () => {
  it("takes one turn though nothing waits", async () => {
    const { shared, loop } = bench();
    await loop.greet();
    expect(shared.reports).toHaveLength(1);
  });
});
