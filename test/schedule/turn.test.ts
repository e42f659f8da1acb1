import { describe, expect, it } from "vitest";
import type { Join } from "../../src/ports/ledger.ts";
import { LedgerWorld, longestSilence, terms, worstWindow } from "../support/ledger-world.ts";

/** Keeps `callers` of one consumer in a closed loop through the named processes. */
function closedLoop(world: LedgerWorld, consumer: string, options: LoopOptions): void {
  const { callers, processes = ["p1"], weight = 1 } = options;
  const homes = new Map<string, string>();
  const ask = (home: string): void => {
    homes.set(world.ask(home, consumer, { weight }), home);
  };
  const before = world.onAnswer;
  world.onAnswer = (ticket, who) => {
    const home = homes.get(ticket);
    if (home === undefined) before(ticket, who);
    else ask(home);
  };
  for (let index = 0; index < callers; index += 1) ask(processes[index % processes.length] ?? "p1");
}

interface LoopOptions {
  callers: number;
  processes?: string[];
  weight?: number;
}

function join(ticket: string): Join {
  return { ticket, consumer: "a", weight: 1, cost: 1, urgency: 3, waitedMs: 0, returning: false };
}

function instants(world: LedgerWorld): number[] {
  return world.departed.map(({ atMs }) => atMs);
}

describe("takeTurn()", () => {
  it("lets a lone caller's whole limit leave at once, from idle", () => {
    const world = new LedgerWorld();
    for (let index = 0; index < 20; index += 1) world.ask("p1", "a");
    world.run(10);
    expect(world.departed).toHaveLength(20);
  });

  it("keeps every rolling window under the limit and uses 98 % of it, three processes in a closed loop", () => {
    const world = new LedgerWorld();
    closedLoop(world, "a", { callers: 40, processes: ["p1", "p2", "p3"] });
    world.run(62_000 * 5);
    expect(worstWindow(instants(world), 6200)).toBe(20);
    expect(world.departed.length).toBeGreaterThanOrEqual(20 * 50 * 0.98);
  });

  it("does not repeat the first burst: after one window the longest silence is a few paces", () => {
    const world = new LedgerWorld(
      terms({ quotas: [{ name: "q", limit: 200, windowMs: 60_000, padMs: 1000 }] }),
    );
    closedLoop(world, "a", { callers: 60 });
    world.run(600_000);
    const settled = instants(world).filter((at) => at > 1_000_000 + 61_100);
    expect(longestSilence(settled)).toBeLessThan(950);
  });

  it("does not let a single sequential caller burst once a window either", () => {
    const world = new LedgerWorld();
    closedLoop(world, "a", { callers: 1 });
    world.run(120_000);
    const settled = instants(world).filter((at) => at > 1_000_000 + 7000);
    expect(longestSilence(settled)).toBeLessThan(950);
    expect(world.departed.length).toBeGreaterThan(20 * 19 * 0.98);
  });

  it("does not repeat it either where services of unequal appetite start together", () => {
    const world = new LedgerWorld(
      terms({ quotas: [{ name: "q", limit: 60, windowMs: 6000, padMs: 200 }] }),
    );
    const appetite = { reports: 20, sync: 10, portal: 6, mailer: 3, watch: 1 };
    for (const [name, callers] of Object.entries(appetite)) {
      closedLoop(world, name, { callers, processes: ["p1", "p2", "p3"] });
    }
    world.run(6200 * 8);
    const settled = instants(world).filter((at) => at > 1_000_000 + 6200);
    expect(longestSilence(settled)).toBeLessThan(500);
    expect(settled.length).toBeGreaterThanOrEqual(60 * 7 * 0.98);
  });

  it("serves a second consumer at once in the middle of another's flood", () => {
    const world = new LedgerWorld();
    closedLoop(world, "flood", { callers: 60 });
    world.run(10_000);
    const askedAt = world.nowMs;
    const ticket = world.ask("p2", "light");
    world.run(2000);
    const served = world.departed.find((unit) => unit.ticket === ticket);
    expect((served?.atMs ?? Infinity) - askedAt).toBeLessThan(700);
  });

  it("shares by weight 5:3:1 under flood, within 3 %", () => {
    const world = new LedgerWorld();
    for (const [name, weight] of [
      ["a", 5],
      ["b", 3],
      ["c", 1],
    ] as const) {
      closedLoop(world, name, { callers: 30, processes: ["p1", "p2"], weight });
    }
    world.run(6200);
    const from = world.departed.length;
    world.run(6200 * 45);
    const later = world.departed.slice(from);
    const share = (name: string) =>
      later.filter((unit) => unit.consumer === name).length / later.length;
    expect(share("a")).toBeCloseTo(5 / 9, 1);
    expect(Math.abs(share("a") / (5 / 9) - 1)).toBeLessThan(0.03);
    expect(Math.abs(share("b") / (3 / 9) - 1)).toBeLessThan(0.03);
    expect(Math.abs(share("c") / (1 / 9) - 1)).toBeLessThan(0.03);
  });

  it("serves the more urgent of one consumer first, and ages the rest by ten seconds a step", () => {
    const world = new LedgerWorld();
    closedLoop(world, "other", { callers: 30 });
    world.run(20_000);
    const bulk = world.ask("p1", "a", { urgency: 7 });
    const urgent = world.ask("p1", "a", { urgency: 0 });
    const late = world.ask("p1", "a", { urgency: 7, waitedMs: 100_000 });
    world.run(20_000);
    const order = world.departed
      .map(({ ticket }) => ticket)
      .filter((ticket) => [bulk, urgent, late].includes(ticket));
    expect(order).toEqual([late, urgent, bulk]);
  });

  it("stops everybody after a 429, lets one probe go when the pause ends, then keeps the pace", () => {
    const world = new LedgerWorld();
    closedLoop(world, "a", { callers: 40, processes: ["p1", "p2"] });
    world.run(10_000);
    const throttled = world.departed.at(-1)?.ticket ?? "";
    world.throttle("p1", throttled, 3000);
    const from = world.departed.length;
    const pausedAt = world.nowMs;
    world.answerAfterMs = 100;
    world.run(20_000);
    const after = world.departed.slice(from).map(({ atMs }) => atMs - pausedAt);
    expect(after[0]).toBeGreaterThanOrEqual(3000);
    expect(after[0]).toBeLessThan(3600);
    expect((after[1] ?? 0) - (after[0] ?? 0)).toBeGreaterThanOrEqual(100);
    expect(worstWindow(after.slice(1, 12), 600)).toBeLessThanOrEqual(3);
  });

  it("goes on when the head of the probe's answer has come, however slow its body is", () => {
    const world = new LedgerWorld();
    const hello = { waiting: [], departed: [], peers: [] };
    world.turn({ process: "p", sequence: 1, everything: hello });
    world.throttle("p", "none", 100);
    world.nowMs += 101;
    const probing = world.turn({ process: "p", sequence: 2, joins: [join("t1"), join("t2")] });
    expect(probing).toMatchObject({ granted: ["t1"], probe: "t1" });
    world.nowMs += 1000;
    expect(world.turn({ process: "p", sequence: 3 }).granted).toEqual([]);
    expect(world.turn({ process: "p", sequence: 4, answered: ["t2"] }).probe).toBe("t1");
    expect(world.turn({ process: "p", sequence: 5, answered: ["t1"] }).probe).toBe("");
    world.nowMs += 400;
    expect(world.turn({ process: "p", sequence: 6 }).granted).toEqual(["t2"]);
  });

  it("gives what a 429 took back into the line when it was assigned and not yet claimed", () => {
    const world = new LedgerWorld();
    const hello = { waiting: [], departed: [], peers: [] };
    world.turn({ process: "p2", sequence: 1, everything: hello });
    const x = join("x");
    world.throttle("p9", "none", 1);
    world.nowMs += 2;
    world.turn({ process: "p2", sequence: 2, joins: [] });
    world.turn({ process: "p2", sequence: 3, joins: [join("probe")] });
    world.turn({
      process: "p2",
      sequence: 4,
      joins: [x],
      ended: [{ ticket: "probe", outcome: "answered" }],
    });
    world.nowMs += 400;
    world.turn({ process: "p1", sequence: 1, everything: hello });
    world.throttle("p1", "none", 5000);
    expect(world.turn({ process: "p2", sequence: 5 })).toMatchObject({ granted: [], waiting: 1 });
    world.nowMs += 400;
    expect(world.turn({ process: "p2", sequence: 6 }).granted).toEqual([]);
    expect(world.turn({ process: "p2", sequence: 7 }).standings[0]?.used).toBe(1);
  });

  it("backs off twice as long at each further 429 without Retry-After, up to the bound", () => {
    const world = new LedgerWorld(terms({ firstPauseMs: 1000, maxPauseMs: 5000 }));
    const hello = { waiting: [], departed: [], peers: [] };
    const pauses: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const ticket = `t${round}`;

      const reply = world.turn({
        process: "p",
        sequence: round * 2 + 1,
        joins: [join(ticket)],
        everything: hello,
      });
      expect(reply.granted).toEqual([ticket]);
      world.throttle("p", ticket);
      const paused = world.turn({
        process: "p",
        sequence: round * 2 + 2,
        ended: [{ ticket, outcome: "throttled" }],
      });
      pauses.push(paused.pausedForMs);
      world.nowMs += paused.pausedForMs + 1;
    }
    expect(pauses).toEqual([1000, 2000, 4000, 5000, 5000]);
  });

  it("forgets 1,000 tickets that leave: nothing of theirs departs, the next waits for nobody", () => {
    const world = new LedgerWorld();
    for (let index = 0; index < 20; index += 1) world.ask("p1", "a");
    world.run(100);
    const tickets = Array.from({ length: 1000 }, () => world.ask("p1", "a"));
    world.run(100);
    for (const ticket of tickets) world.abandon("p1", ticket);
    world.run(100);
    const next = world.ask("p1", "a");
    world.run(6300);
    expect(world.departed.slice(20).map(({ ticket }) => ticket)).toEqual([next]);
  });

  it("takes back what it granted when the process never learned of it", () => {
    const world = new LedgerWorld();
    const x = join("x");
    const hello = { waiting: [], departed: [], peers: [] };
    world.turn({ process: "p", sequence: 1, everything: hello });
    expect(world.turn({ process: "p", sequence: 2, joins: [x] }).granted).toEqual(["x"]);
    const again = world.turn({
      process: "p",
      sequence: 3,
      everything: { waiting: [{ ...x, waitedMs: 5 }], departed: [], peers: [] },
    });
    expect(again.granted).toEqual(["x"]);
    expect(again.standings[0]?.used).toBe(1);
  });

  it("ignores a report that arrives after a later one", () => {
    const world = new LedgerWorld();
    const x = join("x");
    world.turn({ process: "p", sequence: 2, everything: { waiting: [], departed: [], peers: [] } });
    expect(world.turn({ process: "p", sequence: 1, joins: [x] }).granted).toEqual([]);
  });

  it("never goes back in time", () => {
    const world = new LedgerWorld();
    for (let index = 0; index < 20; index += 1) world.ask("p1", "a");
    world.run(10);
    world.nowMs -= 100_000;
    const reply = world.turn({ process: "p1", sequence: 50 });
    expect(reply.standings[0]?.used).toBe(20);
    expect(reply.standings[0]?.resetInMs).toBeLessThanOrEqual(6200);
  });

  it("refuses what exceeds the queue's bound, and a cost above a limit", () => {
    const world = new LedgerWorld(terms({ maxWaiting: 1 }));
    const x = join("x");
    const reply = world.turn({
      process: "p",
      sequence: 1,
      everything: { waiting: [], departed: [], peers: [] },
      joins: [x, join("y"), { ...join("z"), cost: 21 }],
    });
    expect(reply.refused).toEqual([
      { ticket: "y", why: "queue-full" },
      { ticket: "z", why: "cost" },
    ]);
  });

  it("keeps forwards under the concurrency, and frees a dead process's places but not its units", () => {
    const world = new LedgerWorld(terms({ concurrency: 2 }));
    const hello = { waiting: [], departed: [], peers: [] };
    const first = world.turn({
      process: "p1",
      sequence: 1,
      everything: hello,
      joins: [join("a"), join("b"), join("c")],
    });
    expect(first.granted).toEqual(["a", "b"]);
    world.nowMs += 2100;
    const second = world.turn({
      process: "p2",
      sequence: 1,
      everything: hello,
      joins: [join("d")],
    });
    expect(second.granted).toEqual(["d"]);
    expect(second.standings[0]?.used).toBe(3);
    expect(second.waiting).toBe(0);
  });
});
