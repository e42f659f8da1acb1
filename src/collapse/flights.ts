import { LRUCache } from "lru-cache";
import { Flight, type Passenger } from "./flight.ts";
import type { Leases } from "../ports/leases.ts";

/*
 * One forward for many identical requests, over all processes. Everyone who joins a flight stands in line with a
 * ticket of their own: the first whose turn comes pays and departs, the others' tickets leave the line. So nobody
 * waits longer in company than alone, and a client that leaves takes nobody with it. Which process departs is
 * settled by the lease of the key; the others wait for its end and find the answer in the store.
 */

/** How long a key whose answer could not be shared is forwarded singly. */
const ALONE_MS = 10_000;
/** Keys remembered as such. */
const MOST_ALONE = 10_000;
/** A passenger whose leader failed joins once more; the second failure is their own. */
const MOST_LOST = 1;
/** So many flights of other processes may bring nothing; after one more a request goes by itself. */
const MOST_LOST_ELSEWHERE = 3;

/** How a passenger fared. `alone`: the key's answers cannot be shared, go without company. */
export type Arrival<Result> =
  | { readonly kind: "leader" | "follower"; readonly result: Result }
  | { readonly kind: "alone" };

/** The flights of one process. */
export class Flights<Permit, Result> {
  readonly #flights = new Map<string, Flight<Permit, Result>>();
  readonly #alone: LRUCache<string, true>;
  readonly #leases: Leases;

  /** `monotonic`: milliseconds that never go back. */
  constructor(monotonic: () => number, leases: Leases) {
    this.#leases = leases;
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
   * @throws what this passenger's own board or fly threw, its lateness, or the reason of its signal.
   */
  async join(key: string, passenger: Passenger<Permit, Result>): Promise<Arrival<Result>> {
    const lost = { here: 0, elsewhere: 0 };
    for (;;) {
      passenger.signal.throwIfAborted();
      if (this.#alone.get(key) || lost.elsewhere > MOST_LOST_ELSEWHERE) return { kind: "alone" };
      const ride = await this.#flightOf(key).ride(passenger);
      switch (ride.kind) {
        case "leader":
        case "follower":
          return ride;
        case "unshared":
          this.#alone.set(key, true);
          return ofTheLeaderAlone(ride);
        case "lost":
          if (ride.error === undefined) lost.elsewhere += 1;
          else if (lost.here >= MOST_LOST) throw ride.error;
          else lost.here += 1;
          break;
        default:
          ride satisfies never;
      }
    }
  }

  #flightOf(key: string): Flight<Permit, Result> {
    const known = this.#flights.get(key);
    if (known) return known;
    const onEnd = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    const flight: Flight<Permit, Result> = new Flight({ key, leases: this.#leases, onEnd });
    this.#flights.set(key, flight);
    return flight;
  }
}

/** The leader has its own; to the others it says nothing. */
function ofTheLeaderAlone<Result>(ride: { readonly result?: Result }): Arrival<Result> {
  return ride.result === undefined ? { kind: "alone" } : { kind: "leader", result: ride.result };
}
