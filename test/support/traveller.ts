import type { Air, Landing, Passenger } from "../../src/collapse/flight.ts";

/** What the processes of a test have in common to look into. */
export interface Stand {
  kept: string | undefined;
  looks: number;
}

/** A passenger whose turn, forward, deadline and departure are the test's to decide. */
export class Traveller<Outcome> {
  readonly name: string;
  readonly leaving = new AbortController();
  readonly reason = new Error("left");
  outcome: Outcome | { readonly kind: "failed"; readonly error: unknown } | undefined;
  /** Turns that came, flights begun with one, and turns given back. */
  turns = 0;
  flown = 0;
  returned = 0;
  air: Air | undefined;
  boarding: PromiseWithResolvers<string> | undefined;
  flying: PromiseWithResolvers<Landing<string>> | undefined;
  /** False: an aborted wait for a turn goes on, as where the line is far away. */
  leavesLine = true;
  /** How the test let this one's wait or flight end, if it did. */
  late: Error | undefined;
  crashed: Error | undefined;
  landed: Landing<string> | undefined;
  #setOut = false;
  readonly #stand: Stand;
  readonly #deadline = Promise.withResolvers<never>();

  constructor(name: string, stand: Stand = { kept: undefined, looks: 0 }) {
    this.name = name;
    this.#stand = stand;
    this.#deadline.promise.catch(() => {});
  }

  /** Sets out: with what comes of it, or why nothing does, as the outcome. */
  async join(ride: (passenger: Passenger<string, string>) => Promise<Outcome>): Promise<void> {
    this.#setOut = true;
    try {
      this.outcome = await ride(this.#passenger());
    } catch (error) {
      this.outcome = { kind: "failed", error };
    }
  }

  turnComes(): void {
    this.boarding?.resolve(this.name);
  }

  turnIsTooLate(): void {
    this.late ??= new Error(`${this.name} was late`);
    this.boarding?.reject(this.late);
  }

  deadlinePasses(): void {
    this.late ??= new Error(`${this.name} was late`);
    this.#deadline.reject(this.late);
  }

  lands(shared = true, stored = shared): void {
    if (!this.inTheAir) return;
    this.landed = { shared, stored, result: `of ${this.name}` };
    if (stored) this.#stand.kept = this.landed.result;
    this.flying?.resolve(this.landed);
  }

  crashes(): void {
    if (!this.inTheAir) return;
    this.crashed = new Error(`${this.name} crashed`);
    this.flying?.reject(this.crashed);
  }

  get setOut(): boolean {
    return this.#setOut;
  }

  get inTheAir(): boolean {
    return this.flying !== undefined && !this.landed && !this.crashed;
  }

  get waits(): boolean {
    return this.#setOut && this.outcome === undefined;
  }

  leaves(): void {
    this.leaving.abort(this.reason);
  }

  #passenger(): Passenger<string, string> {
    return {
      signal: this.leaving.signal,
      board: (signal) => this.#board(signal),
      giveBack: () => {
        this.returned += 1;
      },
      fly: (_permit, air) => {
        this.flown += 1;
        this.air = air;
        this.flying = Promise.withResolvers<Landing<string>>();
        return this.flying.promise;
      },
      look: async () => {
        this.#stand.looks += 1;
        return this.#stand.kept;
      },
      late: async (signal) => {
        signal.throwIfAborted();
        const done = Promise.withResolvers<never>();
        signal.addEventListener("abort", () => done.reject(signal.reason));
        return Promise.race([this.#deadline.promise, done.promise]);
      },
    };
  }

  async #board(signal: AbortSignal): Promise<string> {
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
  }
}
