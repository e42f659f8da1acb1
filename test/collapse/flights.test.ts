import { getEventListeners } from "node:events";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Flights, type Arrival } from "../../src/collapse/flights.ts";
import { settle } from "../support/fake-clock.ts";
import { SharedLeases, type MemoryLeases } from "../support/memory-leases.ts";
import { Traveller, type Stand } from "../support/traveller.ts";
import type { Leases } from "../../src/ports/leases.ts";

type Passer = Traveller<Arrival<string>>;

function joins(traveller: Passer, flights: Flights<string, string>, key = "k"): Promise<void> {
  return traveller.join((passenger) => flights.join(key, passenger));
}

function flightsOf(leases: Leases = new SharedLeases().process()): Flights<string, string> {
  return new Flights<string, string>(() => 0, leases);
}

async function together(count: number, flights = flightsOf()) {
  const travellers = Array.from(
    { length: count },
    (_, index) => new Traveller<Arrival<string>>(`t${index}`),
  );
  for (const traveller of travellers) void joins(traveller, flights);
  await settle();
  return {
    flights,
    travellers,
    at: (index: number) => travellers[index] ?? new Traveller<Arrival<string>>("none"),
  };
}

describe("join()", () => {
  it("flies once for all: whose turn comes first leads, the others wait no more", async () => {
    const { flights, travellers, at } = await together(3);
    at(1).turnComes();
    await settle();
    at(1).lands();
    await settle();
    expect(travellers.map(({ outcome }) => outcome)).toEqual([
      { kind: "follower", result: "of t1" },
      { kind: "leader", result: "of t1" },
      { kind: "follower", result: "of t1" },
    ]);
    expect(travellers.map(({ flown }) => flown)).toEqual([0, 1, 0]);
    expect(flights.count).toBe(0);
  });

  it("gives back a turn that came as another departed", async () => {
    const { at } = await together(2);
    at(0).turnComes();
    at(1).turnComes();
    await settle();
    expect([at(0).flown + at(1).flown, at(0).returned + at(1).returned]).toEqual([1, 1]);
  });

  it("opens a new flight for whoever asks after the landing", async () => {
    const { flights, at } = await together(1);
    at(0).turnComes();
    await settle();
    at(0).lands();
    await settle();
    const next = new Traveller<Arrival<string>>("next");
    void joins(next, flights);
    await settle();
    next.turnComes();
    await settle();
    expect(next.flown).toBe(1);
  });

  it("flies on for the others when its leader leaves, and for nobody when all have left", async () => {
    const { at } = await together(2);
    at(0).turnComes();
    await settle();
    at(0).leaves();
    await settle();
    expect(at(0).outcome).toEqual({ kind: "failed", error: at(0).reason });
    expect(at(0).air?.signal.aborted).toBe(false);
    at(1).leaves();
    await settle();
    expect(at(0).air?.signal.aborted).toBe(true);
  });

  it("lets a follower whose leader failed try once more, and fail with the second", async () => {
    const { at } = await together(2);
    at(0).turnComes();
    await settle();
    const first = new Error("first");
    at(0).flying?.reject(first);
    await settle();
    expect(at(0).outcome).toEqual({ kind: "failed", error: first });
    expect(at(1).outcome).toBeUndefined();
    at(1).turnComes();
    await settle();
    expect(at(1).flown).toBe(1);
    const second = new Error("second");
    at(1).flying?.reject(second);
    await settle();
    expect(at(1).outcome).toEqual({ kind: "failed", error: second });
  });

  it("sends each alone where the answer may not be shared, and remembers that for ten seconds", async () => {
    let now = 1;
    const { flights, at } = await together(
      2,
      new Flights<string, string>(() => now, new SharedLeases().process()),
    );
    at(0).turnComes();
    await settle();
    at(0).lands(false);
    await settle();
    expect(at(0).outcome).toEqual({ kind: "leader", result: "of t0" });
    expect(at(1).outcome).toEqual({ kind: "alone" });
    const soon = new Traveller<Arrival<string>>("soon");
    await joins(soon, flights);
    expect(soon.outcome).toEqual({ kind: "alone" });
    now = 10_002;
    const later = new Traveller<Arrival<string>>("later");
    void joins(later, flights);
    await settle();
    expect(later.outcome).toBeUndefined();
  });

  it.each(["lands", "crashes"] as const)(
    "opens a new flight once the old one %s, though somebody is still leaving its line",
    async (how) => {
      const { flights, at } = await together(2);
      at(1).leavesLine = false;
      at(0).turnComes();
      await settle();
      at(0)[how]();
      await settle();
      const next = new Traveller<Arrival<string>>("next");
      void joins(next, flights);
      await settle();
      expect([next.outcome, next.boarding === undefined]).toEqual([undefined, false]);
      // The straggler's end is not the new flight's: a third still finds that one.
      at(1).leaves();
      at(1).turnComes();
      await settle();
      expect(at(1).returned).toBe(1);
      const third = new Traveller<Arrival<string>>("third");
      void joins(third, flights);
      await settle();
      next.turnComes();
      await settle();
      next.lands();
      await settle();
      expect(third.outcome).toEqual({ kind: "follower", result: "of next" });
      expect(flights.count).toBe(0);
    },
  );

  it("loses a follower no more than twice to leaders that fail", async () => {
    const { at } = await together(3);
    for (const leader of [at(0), at(1)]) {
      leader.turnComes();
      await settle();
      leader.crashes();
      await settle();
    }
    expect(at(2).outcome).toEqual({ kind: "failed", error: at(1).crashed });
  });

  it("leaves the leader in peace after the landing, since it may still be reading", async () => {
    const { at } = await together(2);
    at(0).turnComes();
    await settle();
    at(0).lands();
    await settle();
    at(1).leaves();
    await settle();
    expect(at(0).air?.signal.aborted).toBe(false);
  });

  it("drops what was the leader's alone when the leader has left, and sends the others alone", async () => {
    const { at } = await together(2);
    at(0).turnComes();
    await settle();
    at(0).leaves();
    await settle();
    at(0).lands(false);
    await settle();
    expect(at(0).air?.signal.aborted).toBe(true);
    expect(at(1).outcome).toEqual({ kind: "alone" });
  });

  it("puts nobody in line who has left already", async () => {
    const flights = flightsOf();
    const gone = new Traveller<Arrival<string>>("gone");
    gone.leaves();
    await joins(gone, flights);
    expect(gone.outcome).toEqual({ kind: "failed", error: gone.reason });
    expect([gone.boarding, flights.count]).toEqual([undefined, 0]);
  });

  it("holds on to no client's signal once it has been answered", async () => {
    const { at } = await together(2);
    at(1).turnComes();
    await settle();
    at(1).lands();
    await settle();
    expect(
      [at(0), at(1)].flatMap(({ leaving }) => getEventListeners(leaving.signal, "abort")),
    ).toEqual([]);
  });

  it("fails one whose own turn does not come, and nobody else", async () => {
    const { at } = await together(2);
    const late = new Error("deadline");
    at(0).boarding?.reject(late);
    await settle();
    expect(at(0).outcome).toEqual({ kind: "failed", error: late });
    at(1).turnComes();
    await settle();
    at(1).lands();
    await settle();
    expect(at(1).outcome).toEqual({ kind: "leader", result: "of t1" });
  });

  it("keeps keys apart", async () => {
    const { flights, at } = await together(1);
    const other = new Traveller<Arrival<string>>("other");
    void joins(other, flights, "another key");
    await settle();
    at(0).turnComes();
    other.turnComes();
    await settle();
    expect([at(0).flown, other.flown]).toEqual([1, 1]);
  });
});

/** Several processes on one store, and travellers spread over them in turn. */
function processes(count: number, crowd: number) {
  const shared = new SharedLeases();
  const stand: Stand = { kept: undefined, looks: 0 };
  const leases = Array.from({ length: count }, () => shared.process());
  const flights = leases.map((one) => flightsOf(one));
  const travellers = Array.from({ length: crowd }, (_, index): Passer => {
    return new Traveller<Arrival<string>>(`t${index}`, stand);
  });
  const dead = new Set<MemoryLeases>();
  return {
    shared,
    stand,
    flights,
    travellers,
    dead,
    at: (index: number): Passer => travellers[index] ?? new Traveller<Arrival<string>>("none"),
    lives: (index: number): boolean => !dead.has(leases[index % count] ?? shared.process()),
    setsOut(index: number): void {
      const [one, here] = [travellers[index], flights[index % count]];
      if (one && here && !one.setOut) void joins(one, here);
    },
    /** The process of this traveller dies. */
    kill(index: number): void {
      const one = leases[index % count];
      if (!one || dead.has(one)) return;
      dead.add(one);
      one.kill();
    },
  };
}

type Processes = ReturnType<typeof processes>;

async function boarding(count: number, crowd = count): Promise<Processes> {
  const world = processes(count, crowd);
  for (const index of world.travellers.keys()) world.setsOut(index);
  await settle();
  return world;
}

describe("join() in several processes", () => {
  it("flies once for all processes, and each looks into the store once (P6)", async () => {
    const world = await boarding(3, 9);
    for (const one of world.travellers) one.turnComes();
    await settle();
    expect(world.travellers.map(({ flown }) => flown)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    world.at(0).lands();
    await settle();
    expect(world.travellers.map(({ outcome }) => outcome)).toEqual([
      { kind: "leader", result: "of t0" },
      ...Array.from({ length: 8 }, () => ({ kind: "follower", result: "of t0" })),
    ]);
    expect([world.stand.looks, world.shared.holdings.size]).toEqual([2, 0]);
  });

  it("takes everyone else out of the line once one has departed", async () => {
    const world = await boarding(2, 4);
    world.at(0).turnComes();
    await settle();
    for (const index of [1, 2, 3]) world.at(index).turnComes();
    await settle();
    expect(world.travellers.map(({ turns }) => turns)).toEqual([1, 0, 0, 0]);
  });

  it("sends the other processes alone too where an answer may not be shared, and they remember it", async () => {
    const world = await boarding(2);
    world.at(0).turnComes();
    await settle();
    world.at(0).lands(false);
    await settle();
    expect(world.at(1).outcome).toEqual({ kind: "alone" });
    const next = new Traveller<Arrival<string>>("next", world.stand);
    await joins(next, world.flights[1] ?? flightsOf());
    expect([next.outcome, next.boarding]).toEqual([{ kind: "alone" }, undefined]);
  });

  it.each([
    ["its process dies", (world: Processes) => world.kill(0)],
    ["its forward fails", (world: Processes) => world.at(0).crashes()],
    ["its answer could not be stored", (world: Processes) => world.at(0).lands(true, false)],
  ])("lets somebody else lead where the leader is lost because %s", async (_why, end) => {
    const world = await boarding(2);
    world.at(0).turnComes();
    await settle();
    end(world);
    await settle();
    expect(world.at(1).outcome).toBeUndefined();
    world.at(1).turnComes();
    await settle();
    world.at(1).lands();
    await settle();
    expect(world.at(1).outcome).toEqual({ kind: "leader", result: "of t1" });
  });

  it("does not spread another process's failure, and sends alone who has met four of them", async () => {
    const world = await boarding(5);
    for (const leader of [1, 2, 3, 4].map((index) => world.at(index))) {
      expect(world.at(0).outcome).toBeUndefined();
      leader.turnComes();
      await settle();
      leader.crashes();
      await settle();
      expect(leader.outcome).toEqual({ kind: "failed", error: leader.crashed });
    }
    expect(world.at(0).outcome).toEqual({ kind: "alone" });
  });

  it("flies in each process where the store is out of reach (P10), and still once in each", async () => {
    const world = processes(2, 4);
    world.shared.failing = true;
    for (const index of world.travellers.keys()) world.setsOut(index);
    await settle();
    for (const one of world.travellers) one.turnComes();
    await settle();
    expect(world.travellers.map(({ flown }) => flown)).toEqual([1, 1, 0, 0]);
    world.at(0).lands(true, false);
    world.at(1).lands(true, false);
    await settle();
    expect(world.travellers.map(({ outcome }) => outcome)).toMatchObject([
      { kind: "leader", result: "of t0" },
      { kind: "leader", result: "of t1" },
      { kind: "follower", result: "of t0" },
      { kind: "follower", result: "of t1" },
    ]);
  });

  it("keeps on following while the leader's own client leaves, as long as anybody follows there", async () => {
    const world = await boarding(2, 3);
    world.at(0).turnComes();
    await settle();
    world.at(0).leaves();
    await settle();
    world.at(0).lands();
    await settle();
    expect(world.at(1).outcome).toEqual({ kind: "follower", result: "of t0" });
    expect(world.at(2).outcome).toEqual({ kind: "follower", result: "of t0" });
  });
});

type Step =
  | {
      readonly what:
        | "join"
        | "turn"
        | "leave"
        | "late"
        | "crash"
        | "grounded"
        | "deadline"
        | "kill";
      readonly who: number;
    }
  | {
      readonly what: "land";
      readonly who: number;
      readonly shared: boolean;
      readonly stored: boolean;
    };

const CROWD = 5;
const who = fc.nat(CROWD - 1);
const acts = ["join", "turn", "leave", "late", "crash", "grounded", "deadline"] as const;

function stepsWith(more: readonly "kill"[]): fc.Arbitrary<Step[]> {
  const acting = fc.record({ what: fc.constantFrom("join", "turn", ...acts, ...more), who });
  const landing = fc.record({
    what: fc.constant("land" as const),
    who,
    shared: fc.boolean(),
    stored: fc.boolean(),
  });
  return fc.array(fc.oneof({ weight: 5, arbitrary: acting }, landing), { maxLength: 30 });
}

function take(step: Step, world: Processes): void {
  const traveller = world.at(step.who);
  if (!world.lives(step.who)) return;
  switch (step.what) {
    case "join":
      world.setsOut(step.who);
      break;
    case "turn":
      traveller.turnComes();
      break;
    case "leave":
      traveller.leaves();
      break;
    case "late":
      traveller.turnIsTooLate();
      break;
    case "deadline":
      traveller.deadlinePasses();
      break;
    case "grounded":
      traveller.air?.grounded();
      break;
    case "crash":
      traveller.crashes();
      break;
    case "kill":
      world.kill(step.who);
      break;
    case "land":
      traveller.lands(step.shared, step.shared && step.stored);
      break;
    default:
      step satisfies never;
  }
}

/** What a traveller is told is its own doing, or that of a leader whose flight it could share. */
function isFair(index: number, { travellers, flights, dead }: Processes): boolean {
  const here = (other: number): boolean => other % flights.length === index % flights.length;
  const { outcome, leaving, reason, late, landed } = travellers[index] ?? new Traveller("none");
  switch (outcome?.kind) {
    case undefined:
      return true;
    case "leader":
      return landed !== undefined;
    case "follower": {
      const leader = travellers.findIndex((one) => outcome.result === `of ${one.name}`);
      const brought = travellers[leader]?.landed;
      return leader !== index && brought?.shared === true && (brought.stored || here(leader));
    }
    case "alone": {
      const lost = travellers.filter((one, other) => !here(other) && (one.crashed ?? one.landed));
      const shared = travellers.every((one) => one.landed?.shared !== false);
      return !shared || lost.length + dead.size > 3;
    }
    case "failed": {
      // Never another's leaving, never another's lateness, never what failed in another process.
      const own = [leaving.signal.aborted ? reason : undefined, late];
      const crashes = travellers.filter((_one, other) => here(other)).map((one) => one.crashed);
      return [...own, ...crashes].some((error) => error !== undefined && error === outcome.error);
    }
    default:
      return outcome satisfies never;
  }
}

/** Whoever is in the air is there alone, and with company; `abandoned` fill up with those that lost theirs. */
function expectOneFlight({ travellers, flights, lives }: Processes, abandoned: Set<Passer>): void {
  const alive = travellers
    .map((one, index) => ({ one, index }))
    .filter(({ index }) => lives(index));
  const flown = alive.filter(({ one }) => one.inTheAir && !abandoned.has(one));
  expect(flown.length).toBeLessThanOrEqual(1);
  for (const { one, index } of flown) {
    const company = alive.some(
      (other) => other.one.waits && other.index % flights.length === index % flights.length,
    );
    expect(one.air?.signal.aborted).toBe(!company);
    if (!company) abandoned.add(one);
  }
}

async function expectAllToEnd(world: Processes): Promise<void> {
  const { travellers, lives } = world;
  for (let round = 0; round < 8; round += 1) {
    for (const index of travellers.keys()) {
      if (!lives(index)) continue;
      world.at(index).turnComes();
      await settle();
      world.at(index).lands();
      await settle();
    }
  }
  for (const [index, { waits, turns, flown, returned }] of travellers.entries()) {
    if (!lives(index)) continue;
    expect(waits).toBe(false);
    expect(flown + returned).toBe(turns);
    expect(isFair(index, world)).toBe(true);
  }
  expect(world.shared.holdings.size).toBe(0);
  const open = world.flights.filter((one, index) => lives(index) && one.count > 0);
  expect([open, world.shared.watches.size]).toEqual([[], 0]);
}

describe("any order of joining, turns, leaving, deadlines, failures, deaths and landings", () => {
  it.each([
    [1, [], 150],
    [2, ["kill"], 100],
    [3, ["kill"], 100],
  ] as const)(
    "in %i processes flies one at a time, aborted when all have left and only then; nobody pays for another or waits for ever",
    async (count, more, numRuns) => {
      await fc.assert(
        fc.asyncProperty(stepsWith(more), async (list) => {
          const world = processes(count, CROWD);
          const abandoned = new Set<Passer>();
          for (const step of list) {
            take(step, world);
            await settle();
            expectOneFlight(world, abandoned);
          }
          await expectAllToEnd(world);
        }),
        { numRuns },
      );
    },
  );
});
