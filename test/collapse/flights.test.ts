import { getEventListeners } from "node:events";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Flights, type Arrival, type Landing, type Passenger } from "../../src/collapse/flights.ts";
import { settle } from "../support/fake-clock.ts";

type Outcome = Arrival<string> | { readonly kind: "failed"; readonly error: unknown };

/** A passenger whose turn, forward and departure are the test's to decide. */
class Traveller {
  readonly leaving = new AbortController();
  readonly reason = new Error("left");
  outcome: Outcome | undefined;
  /** Turns that came, flights begun with one, and turns given back. */
  turns = 0;
  flown = 0;
  returned = 0;
  flightSignal: AbortSignal | undefined;
  boarding: PromiseWithResolvers<string> | undefined;
  flying: PromiseWithResolvers<Landing<string>> | undefined;
  /** False: an aborted wait for a turn goes on, as where the line is far away. */
  leavesLine = true;
  /** How the test let this one's wait or flight end, if it did. */
  late: Error | undefined;
  crashed: Error | undefined;
  landed: { readonly shared: boolean } | undefined;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  passenger(): Passenger<string, string> {
    return {
      signal: this.leaving.signal,
      board: async (signal) => {
        const boarding = Promise.withResolvers<string>();
        this.boarding = boarding;
        const leave = (): void => {
          if (this.leavesLine) boarding.reject(signal.reason);
        };
        signal.addEventListener("abort", leave);
        if (signal.aborted) leave();
        const permit = await boarding.promise;
        this.turns += 1;
        return permit;
      },
      giveBack: () => {
        this.returned += 1;
      },
      fly: async (_permit, signal) => {
        this.flown += 1;
        this.flightSignal = signal;
        this.flying = Promise.withResolvers<Landing<string>>();
        return this.flying.promise;
      },
    };
  }

  async join(flights: Flights<string, string>, key = "k"): Promise<void> {
    try {
      this.outcome = await flights.join(key, this.passenger());
    } catch (error) {
      this.outcome = { kind: "failed", error };
    }
  }

  turnComes(): void {
    this.boarding?.resolve(this.#name);
  }

  turnIsTooLate(): void {
    this.late ??= new Error(`${this.#name} was late`);
    this.boarding?.reject(this.late);
  }

  lands(shared = true): void {
    if (!this.inTheAir) return;
    this.landed = { shared };
    this.flying?.resolve({ shared, result: `of ${this.#name}` });
  }

  crashes(): void {
    if (!this.inTheAir) return;
    this.crashed = new Error(`${this.#name} crashed`);
    this.flying?.reject(this.crashed);
  }

  get inTheAir(): boolean {
    return this.flying !== undefined && !this.landed && !this.crashed;
  }

  get waits(): boolean {
    return this.boarding !== undefined && this.outcome === undefined;
  }

  leaves(): void {
    this.leaving.abort(this.reason);
  }
}

async function together(count: number, flights = new Flights<string, string>(() => 0)) {
  const travellers = Array.from({ length: count }, (_, index) => new Traveller(`t${index}`));
  for (const traveller of travellers) void traveller.join(flights);
  await settle();
  return { flights, travellers, at: (index: number) => travellers[index] ?? new Traveller("none") };
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
    const next = new Traveller("next");
    void next.join(flights);
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
    expect(at(0).flightSignal?.aborted).toBe(false);
    at(1).leaves();
    await settle();
    expect(at(0).flightSignal?.aborted).toBe(true);
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
    const { flights, at } = await together(2, new Flights<string, string>(() => now));
    at(0).turnComes();
    await settle();
    at(0).lands(false);
    await settle();
    expect(at(0).outcome).toEqual({ kind: "leader", result: "of t0" });
    expect(at(1).outcome).toEqual({ kind: "alone" });
    const soon = new Traveller("soon");
    await soon.join(flights);
    expect(soon.outcome).toEqual({ kind: "alone" });
    now = 10_002;
    const later = new Traveller("later");
    void later.join(flights);
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
      const next = new Traveller("next");
      void next.join(flights);
      await settle();
      expect([next.outcome, next.boarding === undefined]).toEqual([undefined, false]);
      // The straggler's end is not the new flight's: a third still finds that one.
      at(1).leaves();
      at(1).turnComes();
      await settle();
      expect(at(1).returned).toBe(1);
      const third = new Traveller("third");
      void third.join(flights);
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
    expect(at(0).flightSignal?.aborted).toBe(false);
  });

  it("drops what was the leader's alone when the leader has left, and sends the others alone", async () => {
    const { at } = await together(2);
    at(0).turnComes();
    await settle();
    at(0).leaves();
    await settle();
    at(0).lands(false);
    await settle();
    expect(at(0).flightSignal?.aborted).toBe(true);
    expect(at(1).outcome).toEqual({ kind: "alone" });
  });

  it("puts nobody in line who has left already", async () => {
    const flights = new Flights<string, string>(() => 0);
    const gone = new Traveller("gone");
    gone.leaves();
    await gone.join(flights);
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
    const other = new Traveller("other");
    void other.join(flights, "another key");
    await settle();
    at(0).turnComes();
    other.turnComes();
    await settle();
    expect([at(0).flown, other.flown]).toEqual([1, 1]);
  });
});

type Step =
  | { readonly what: "join" | "turn" | "leave" | "late" | "crash"; readonly who: number }
  | { readonly what: "land"; readonly who: number; readonly shared: boolean };

const CROWD = 5;
const steps = fc.array(
  fc.oneof(
    fc.record({
      what: fc.constantFrom("join", "join", "turn", "turn", "leave", "late", "crash"),
      who: fc.nat(CROWD - 1),
    }),
    fc.record({ what: fc.constant("land" as const), who: fc.nat(CROWD - 1), shared: fc.boolean() }),
  ),
  { maxLength: 25 },
);

function take(step: Step, traveller: Traveller, flights: Flights<string, string>): void {
  switch (step.what) {
    case "join":
      if (!traveller.boarding && !traveller.outcome) void traveller.join(flights);
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
    case "crash":
      traveller.crashes();
      break;
    case "land":
      traveller.lands(step.shared);
      break;
    default:
      step satisfies never;
  }
}

/** What a traveller is told is its own doing, or that of a leader whose flight it could share. */
function isFair(traveller: Traveller, crowd: readonly Traveller[]): boolean {
  const { outcome, leaving, reason, late, landed } = traveller;
  switch (outcome?.kind) {
    case undefined:
      return true;
    case "leader":
      return landed !== undefined;
    case "follower": {
      const leader = crowd.find((_one, index) => outcome.result === `of t${index}`);
      return leader?.landed?.shared === true && leader.leaving !== leaving;
    }
    case "alone":
      return crowd.some((other) => other.landed?.shared === false);
    case "failed": {
      // Never another's leaving, never another's lateness.
      const own = [leaving.signal.aborted ? reason : undefined, late];
      const crashes = crowd.map(({ crashed }) => crashed);
      return [...own, ...crashes].some((error) => error !== undefined && error === outcome.error);
    }
    default:
      return outcome satisfies never;
  }
}

describe("any order of joining, turns, leaving, failures and landings", () => {
  it("flies one at a time, aborted when all have left and only then; nobody pays for another or waits for ever", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const flights = new Flights<string, string>(() => 0);
        const crowd = Array.from({ length: CROWD }, (_, index) => new Traveller(`t${index}`));
        const abandoned = new Set<Traveller>();
        for (const step of list) {
          take(step, crowd[step.who] ?? new Traveller("none"), flights);
          await settle();
          const flown = crowd.filter((one) => one.inTheAir && !abandoned.has(one));
          expect(flown.length).toBeLessThanOrEqual(1);
          const company = crowd.some(({ waits }) => waits);
          for (const one of flown) {
            expect(one.flightSignal?.aborted).toBe(!company);
            if (!company) abandoned.add(one);
          }
        }
        for (let round = 0; round < 4; round += 1) {
          for (const traveller of crowd) {
            traveller.turnComes();
            await settle();
            traveller.lands();
            await settle();
          }
        }
        for (const traveller of crowd) {
          const { turns, flown, returned } = traveller;
          expect(traveller.waits).toBe(false);
          expect(flown + returned).toBe(turns);
          expect(isFair(traveller, crowd)).toBe(true);
        }
        expect(flights.count).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
