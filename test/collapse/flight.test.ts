import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Flight, type Ride } from "../../src/collapse/flight.ts";
import { settle } from "../support/fake-clock.ts";
import { SharedLeases } from "../support/memory-leases.ts";
import { Traveller, type Stand } from "../support/traveller.ts";
import type { Lease } from "../../src/ports/leases.ts";

/** A flight of one process; another process has leases of the same keys. */
function open() {
  const shared = new SharedLeases();
  const [here, elsewhere] = [shared.process(), shared.process()];
  const stand: Stand = { kept: undefined, looks: 0 };
  const world = { shared, here, elsewhere, stand, ends: 0 };
  const flight = new Flight<string, string>({
    key: "k",
    leases: here,
    onEnd: () => {
      world.ends += 1;
    },
  });
  return Object.assign(world, {
    flight,
    /** Lets travellers aboard, one after the other. */
    async board(count: number): Promise<Traveller<Ride<string>>[]> {
      const travellers = Array.from({ length: count }, (_, index) => {
        const traveller = new Traveller<Ride<string>>(`t${index}`, stand);
        void traveller.join((passenger) => flight.ride(passenger));
        return traveller;
      });
      await settle();
      return travellers;
    },
    /** Another process departs. */
    async departElsewhere(): Promise<Lease> {
      const lease = await elsewhere.take("k");
      if (!lease) throw new Error("The lease is not to be had.");
      await settle();
      return lease;
    },
  });
}

type World = ReturnType<typeof open>;

async function aboard(world: World, count = 2) {
  const [first, second] = await world.board(count);
  if (!first || !second) throw new Error("Two travel at least.");
  return { first, second };
}

async function inTheAir(world: World, count = 2) {
  const { first, second } = await aboard(world, count);
  first.turnComes();
  await settle();
  return { first, second };
}

describe("ride() in one process", () => {
  it("takes the lease as it departs and says at the end that the store has the answer", async () => {
    const world = open();
    const { first, second } = await inTheAir(world);
    expect(world.shared.holdings.size).toBe(1);
    first.lands();
    await settle();
    expect(first.outcome).toEqual({ kind: "leader", result: "of t0" });
    expect(second.outcome).toEqual({ kind: "follower", result: "of t0" });
    expect([world.shared.ends, world.ends]).toEqual([["shared"], 1]);
  });

  it.each([
    ["alone", "alone is for the leader alone", (one: Traveller<unknown>) => one.lands(false)],
    ["lost", "nothing could be stored", (one: Traveller<unknown>) => one.lands(true, false)],
    ["lost", "the forward failed", (one: Traveller<unknown>) => one.crashes()],
  ] as const)("ends the lease with %s where %s", async (...ending) => {
    const [word, , end] = ending;
    const world = open();
    const { first } = await inTheAir(world);
    end(first);
    await settle();
    expect([world.shared.ends, world.shared.holdings.size]).toEqual([[word], 0]);
  });

  it("gives what may not be shared to its leader, and to the others the news alone", async () => {
    const { first, second } = await inTheAir(open());
    first.lands(false);
    await settle();
    expect(first.outcome).toEqual({ kind: "unshared", result: "of t0" });
    expect(second.outcome).toEqual({ kind: "unshared" });
  });

  it("throws the leader's failure for the leader, and tells the others whose it was", async () => {
    const { first, second } = await inTheAir(open());
    first.crashes();
    await settle();
    expect(first.outcome).toEqual({ kind: "failed", error: first.crashed });
    expect(second.outcome).toEqual({ kind: "lost", error: first.crashed });
  });

  it("still ends the lease where all have left while it was taken, once and for all", async () => {
    const world = open();
    const taking = Promise.withResolvers<void>();
    const take = world.here.take.bind(world.here);
    world.here.take = async (key) => {
      await taking.promise;
      return take(key);
    };
    const { first, second } = await inTheAir(world);
    first.leaves();
    second.leaves();
    await settle();
    expect(world.ends).toBe(1);
    taking.resolve();
    await settle();
    expect(first.air?.signal.aborted).toBe(true);
    first.crashes();
    await settle();
    expect([world.shared.ends, world.shared.holdings.size, world.ends]).toEqual([["lost"], 0, 1]);
  });

  it("flies without a lease where the store is out of reach (P10)", async () => {
    const world = open();
    world.shared.failing = true;
    const { first, second } = await inTheAir(world);
    first.lands(true, false);
    await settle();
    expect([first.outcome, second.outcome]).toMatchObject([
      { kind: "leader" },
      { kind: "follower" },
    ]);
  });

  it("lets nobody wait for ever for a defect, and gives the turn back", async () => {
    const world = open();
    const defect = new TypeError("a defect");
    world.here.take = () => Promise.reject(defect);
    const { first, second } = await inTheAir(world);
    const lost = { kind: "lost", error: defect };
    expect([first.outcome, second.outcome, first.returned]).toEqual([lost, lost, 1]);
  });
});

describe("ride() while another process has the lease", () => {
  it("leaves the line as soon as it is told, and takes what the other has stored after one look", async () => {
    const world = open();
    const { first, second } = await aboard(world);
    const lease = await world.departElsewhere();
    first.turnComes();
    await settle();
    expect([first.turns, first.outcome]).toEqual([0, undefined]);
    world.stand.kept = "theirs";
    await lease.end("shared");
    await settle();
    const found = { kind: "follower", result: "theirs" };
    expect([first.outcome, second.outcome]).toEqual([found, found]);
    expect([world.stand.looks, first.flown + second.flown]).toEqual([1, 0]);
  });

  it("is told soon where the lease was taken before it opened", async () => {
    const world = open();
    const lease = await world.departElsewhere();
    const { first } = await aboard(world);
    first.turnComes();
    await settle();
    expect(first.turns).toBe(0);
    await lease.end("shared");
  });

  it("gives its turn back where the call was lost, and never flies beside the other", async () => {
    const world = open();
    world.shared.silent = true;
    await world.departElsewhere();
    const { first, second } = await inTheAir(world);
    expect([first.returned, first.flown, second.flown]).toEqual([1, 0, 0]);
    expect([first.outcome, second.outcome]).toEqual([undefined, undefined]);
  });

  it("is sent alone where the other says that its answer may not be shared", async () => {
    const world = open();
    const { first, second } = await aboard(world);
    const lease = await world.departElsewhere();
    world.stand.kept = "something old";
    await lease.end("alone");
    await settle();
    expect([first.outcome, second.outcome]).toEqual([{ kind: "unshared" }, { kind: "unshared" }]);
    expect(world.stand.looks).toBe(0);
  });

  it.each([
    ["the other dies", (world: World) => world.elsewhere.kill()],
    ["the store is lost", (world: World) => world.shared.lose()],
  ])("is lost, without an error, where %s and nothing is stored", async (_what, end) => {
    const world = open();
    const { first, second } = await aboard(world);
    await world.departElsewhere();
    end(world);
    await settle();
    const lost = { kind: "lost", error: undefined };
    expect([first.outcome, second.outcome]).toEqual([lost, lost]);
  });

  it("takes what a process stored just before it died", async () => {
    const world = open();
    const { first } = await aboard(world);
    await world.departElsewhere();
    world.stand.kept = "theirs";
    world.elsewhere.kill();
    await settle();
    expect(first.outcome).toEqual({ kind: "follower", result: "theirs" });
  });

  it("lets one leave and the others wait on; when all have left, nobody waits", async () => {
    const world = open();
    const { first, second } = await aboard(world);
    await world.departElsewhere();
    first.leaves();
    await settle();
    expect(first.outcome).toEqual({ kind: "failed", error: first.reason });
    expect([second.outcome, world.ends]).toEqual([undefined, 0]);
    second.leaves();
    await settle();
    expect(second.outcome).toEqual({ kind: "failed", error: second.reason });
    expect([world.ends, world.stand.looks, world.shared.watches.size]).toEqual([1, 0, 0]);
  });

  it("tells who leaves as the other fails of its own leaving", async () => {
    const world = open();
    const { first } = await aboard(world);
    await world.departElsewhere();
    world.elsewhere.kill();
    first.leaves();
    await settle();
    expect(first.outcome).toEqual({ kind: "failed", error: first.reason });
  });

  it("lets one who joins later wait with the others, outside of the line", async () => {
    const world = open();
    await aboard(world);
    const lease = await world.departElsewhere();
    const later = new Traveller<Ride<string>>("later", world.stand);
    void later.join((passenger) => world.flight.ride(passenger));
    await settle();
    expect(later.boarding).toBeUndefined();
    world.stand.kept = "theirs";
    await lease.end("shared");
    await settle();
    expect([later.outcome, world.stand.looks]).toEqual([{ kind: "follower", result: "theirs" }, 1]);
  });

  it("tells the others what went wrong with the one look", async () => {
    const world = open();
    const defect = new TypeError("a defect");
    const { first } = await aboard(world);
    const lease = await world.departElsewhere();
    Object.defineProperty(world.stand, "kept", {
      get: () => {
        throw defect;
      },
    });
    await lease.end("shared");
    await settle();
    expect(first.outcome).toEqual({ kind: "lost", error: defect });
  });
});

describe("ride() with a leader that is in line again", () => {
  it("ends a follower at its own deadline, and neither the leader nor the other follower", async () => {
    const world = open();
    const [leader, late, other] = await world.board(3);
    leader?.turnComes();
    await settle();
    leader?.air?.grounded();
    await settle();
    late?.deadlinePasses();
    leader?.deadlinePasses();
    await settle();
    expect(late?.outcome).toEqual({ kind: "failed", error: late?.late });
    expect([leader?.outcome, other?.outcome]).toEqual([undefined, undefined]);
    leader?.lands();
    await settle();
    expect([leader?.outcome, other?.outcome]).toMatchObject([
      { kind: "leader" },
      { kind: "follower" },
    ]);
  });

  it("asks for nobody's deadline while the leader is in the air, since the answer is about to come", async () => {
    const world = open();
    const { first, second } = await inTheAir(world);
    second.deadlinePasses();
    await settle();
    expect(second.outcome).toBeUndefined();
    first.lands();
    await settle();
    expect(second.outcome).toMatchObject({ kind: "follower" });
  });
});

describe("ride() at its end", () => {
  it("holds on to no client's signal and watches no lease any more", async () => {
    const world = open();
    const { first, second } = await inTheAir(world);
    first.lands();
    await settle();
    const held = [first, second].flatMap(({ leaving }) =>
      getEventListeners(leaving.signal, "abort"),
    );
    expect([held, world.shared.watches.size]).toEqual([[], 0]);
  });
});
