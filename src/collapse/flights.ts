import { LRUCache } from "lru-cache";

/*
 * One forward for many identical requests. Everyone who joins a flight stands in line with a ticket of
 * their own: the first whose turn comes pays and departs, the others' tickets leave the line. So nobody
 * waits longer in company than alone, and a client that leaves takes nobody with it.
 */

/** How long a key whose answer could not be shared is forwarded singly. */
const ALONE_MS = 10_000;
/** Keys remembered as such. */
const MOST_ALONE = 10_000;
/** A passenger whose leader failed joins once more; the second failure is their own. */
const MOST_LOST = 1;

/** What a flight brings; where it may not be shared it is its leader's alone. */
export interface Landing<Result> {
  readonly shared: boolean;
  readonly result: Result;
}

/** One request that would like company. */
export interface Passenger<Permit, Result> {
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  /** Waits for this passenger's own turn; the signal aborts when another has departed. */
  readonly board: (signal: AbortSignal) => Promise<Permit>;
  /** Gives back a turn that came too late. */
  readonly giveBack: (permit: Permit) => void;
  /** Fetches for all. The signal aborts when nobody is left to hear of it. */
  readonly fly: (permit: Permit, signal: AbortSignal) => Promise<Landing<Result>>;
}

/** How a passenger fared. `alone`: the key's answers cannot be shared, go without company. */
export type Arrival<Result> =
  | { readonly kind: "leader" | "follower"; readonly result: Result }
  | { readonly kind: "alone" };

/** The flights of one process. */
export class Flights<Permit, Result> {
  readonly #flights = new Map<string, Flight<Permit, Result>>();
  readonly #alone: LRUCache<string, true>;

  /** `monotonic`: milliseconds that never go back. */
  constructor(monotonic: () => number) {
    this.#alone = new LRUCache({
      max: MOST_ALONE,
      ttl: ALONE_MS,
      ttlResolution: 0,
      perf: { now: monotonic },
    });
  }

  /** Flights in the air or boarding. */
  get count(): number {
    return this.#flights.size;
  }

  /**
   * Joins the flight of this key or opens one.
   * @throws what this passenger's own board or fly threw, or the reason of its signal.
   */
  async join(key: string, passenger: Passenger<Permit, Result>): Promise<Arrival<Result>> {
    for (let lost = 0; ; lost += 1) {
      passenger.signal.throwIfAborted();
      if (this.#alone.get(key)) return { kind: "alone" };
      const outcome = await this.#flightOf(key).ride(passenger);
      switch (outcome.kind) {
        case "leader":
        case "follower":
          if (outcome.landing.shared) return { kind: outcome.kind, result: outcome.landing.result };
          this.#alone.set(key, true);
          if (outcome.kind === "leader") return { kind: "leader", result: outcome.landing.result };
          return { kind: "alone" };
        case "lost":
          if (lost >= MOST_LOST) throw outcome.error;
          break;
        default:
          outcome satisfies never;
      }
    }
  }

  #flightOf(key: string): Flight<Permit, Result> {
    const known = this.#flights.get(key);
    if (known) return known;
    const flight = new Flight<Permit, Result>(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    return flight;
  }
}

type Ride<Result> =
  | { readonly kind: "leader" | "follower"; readonly landing: Landing<Result> }
  /** Somebody else led and failed. */
  | { readonly kind: "lost"; readonly error: unknown };

class Flight<Permit, Result> {
  readonly #departed = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #landing = Promise.withResolvers<Landing<Result>>();
  readonly #onEnd: () => void;
  #leader: Passenger<Permit, Result> | undefined;
  #aboard = 0;
  #landed = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    // With nobody aboard a failure concerns nobody.
    this.#landing.promise.catch(() => {});
  }

  async ride(passenger: Passenger<Permit, Result>): Promise<Ride<Result>> {
    this.#aboard += 1;
    try {
      if (!this.#leader) await this.#board(passenger);
      return await this.#arrive(passenger);
    } finally {
      this.#aboard -= 1;
      if (this.#aboard === 0) this.#end();
    }
  }

  /** Waits until this passenger's turn has come or another has departed. */
  async #board(passenger: Passenger<Permit, Result>): Promise<void> {
    let permit: Permit;
    try {
      permit = await passenger.board(AbortSignal.any([passenger.signal, this.#departed.signal]));
    } catch (error) {
      if (this.#leader && !passenger.signal.aborted) return;
      throw error;
    }
    if (this.#leader) return passenger.giveBack(permit);
    this.#leader = passenger;
    this.#departed.abort();
    passenger.fly(permit, this.#abandoned.signal).then(
      (landing) => this.#land(passenger, landing),
      (error: unknown) => {
        this.#onEnd();
        this.#landing.reject(error);
      },
    );
    return undefined;
  }

  #land(leader: Passenger<Permit, Result>, landing: Landing<Result>): void {
    this.#landed = true;
    // Whoever asks after the landing must look into the store again.
    this.#onEnd();
    // What was the leader's alone is nobody's when the leader has left.
    if (!landing.shared && leader.signal.aborted) this.#abandoned.abort();
    this.#landing.resolve(landing);
  }

  async #arrive(passenger: Passenger<Permit, Result>): Promise<Ride<Result>> {
    const kind = this.#leader === passenger ? "leader" : "follower";
    try {
      return { kind, landing: await orAborted(this.#landing.promise, passenger.signal) };
    } catch (error) {
      if (kind === "leader" || passenger.signal.aborted) throw error;
      return { kind: "lost", error };
    }
  }

  #end(): void {
    this.#onEnd();
    // After the landing the leader may still be reading.
    if (!this.#landed) this.#abandoned.abort();
  }
}

/** The promise, unless the signal aborts first. */
async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
