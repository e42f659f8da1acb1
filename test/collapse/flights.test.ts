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
        signal.addEventListener("abort", () => boarding.reject(signal.reason));
        if (signal.aborted) boarding.reject(signal.reason);
        const ticket = await boarding.promise;
        this.turns += 1;
        return ticket;
      },
      giveBack: () => {
        this.returned += 1;
      },
      fly: async (_ticket, signal) => {
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

  lands(shared = true): void {
    this.flying?.resolve({ shared, result: `of ${this.#name}` });
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
      traveller.boarding?.reject(new Error("late"));
      break;
    case "crash":
      traveller.flying?.reject(new Error("crashed"));
      break;
    case "land":
      traveller.lands(step.shared);
      break;
    default:
      step satisfies never;
  }
}

describe("any order of joining, turns, leaving, failures and landings", () => {
  it("never flies two at once, spends no turn unflown, and leaves nobody waiting in the end", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const flights = new Flights<string, string>(() => 0);
        const crowd = Array.from({ length: CROWD }, (_, index) => new Traveller(`t${index}`));
        const inTheAir = new Set<Traveller>();
        const look = (): void => {
          for (const traveller of crowd) {
            const { flying, flightSignal } = traveller;
            if (!flying) continue;
            inTheAir.add(traveller);
            const over = (): boolean => inTheAir.delete(traveller);
            flying.promise.then(over, over);
            if (flightSignal?.aborted) inTheAir.delete(traveller);
          }
        };
        for (const step of list) {
          take(step, crowd[step.who] ?? new Traveller("none"), flights);
          await settle();
          look();
          await settle();
          expect(inTheAir.size).toBeLessThanOrEqual(1);
        }
        for (let round = 0; round < 4; round += 1) {
          for (const traveller of crowd) {
            traveller.turnComes();
            await settle();
            traveller.lands();
            await settle();
          }
        }
        for (const { boarding, outcome, turns, flown, returned } of crowd) {
          expect(boarding === undefined || outcome !== undefined).toBe(true);
          expect(flown + returned).toBe(turns);
        }
        expect(flights.count).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
