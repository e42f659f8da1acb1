import { CALLED_OFF } from "../ports/clock.ts";
import { StoreFault } from "../ports/faults.ts";
import type { Lease, LeaseEnd, Leases } from "../ports/leases.ts";

/*
 * One flight: those aboard stand in line with a ticket each until one has a turn, or until another process is known
 * to have departed for the same key. Then all wait for what comes.
 *
 *   boarding -- a turn, and the lease --------------> flown here ------> landed
 *       |    -- a turn, the lease is another's --+                         ^
 *       +------ told that another has it --------+--> flown elsewhere -----+
 */

/** What a flight brings; where it may not be shared it is its leader's alone. */
export interface Landing<Result> {
  readonly shared: boolean;
  /** True where other processes find it in the store. */
  readonly stored: boolean;
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
  /** Fetches for all. The signal aborts when nobody is left to hear of it; `grounded` tells of a return to the line. */
  readonly fly: (permit: Permit, air: Air) => Promise<Landing<Result>>;
  /** What another process has left in the store; `undefined`: nothing that serves. */
  readonly look: () => Promise<Result | undefined>;
  /**
   * Rejects at this passenger's deadline, with what it is then told; or with the signal's reason. `elsewhere`: whether
   * the leader, in another process, is back in line is not known here.
   */
  readonly late: (signal: AbortSignal, elsewhere: boolean) => Promise<never>;
}

/** What a forward for many is told, and tells. */
export interface Air {
  readonly signal: AbortSignal;
  readonly grounded: () => void;
}

/** How one passenger fared. */
export type Ride<Result> =
  | { readonly kind: "leader" | "follower"; readonly result: Result }
  /** What came was the leader's alone, or another process says so. */
  | { readonly kind: "unshared"; readonly result?: Result }
  /** Whoever led failed, here (with its error) or in another process. */
  | { readonly kind: "lost"; readonly error?: unknown };

type End<Result> =
  | { readonly kind: "landed"; readonly landing: Landing<Result> }
  | { readonly kind: "found"; readonly result: Result }
  | { readonly kind: "unshared" }
  | { readonly kind: "lost"; readonly error?: unknown };

/** What a flight is opened with. */
export interface FlightParts {
  readonly key: string;
  readonly leases: Leases;
  /** Called once, when nobody may join any more. */
  readonly onEnd: () => void;
}

/** The company of those who ask for the same at the same time in this process. */
export class Flight<Permit, Result> {
  readonly #parts: FlightParts;
  /** Aborts for those in line when somebody has departed. */
  readonly #departed = new AbortController();
  /** Aborts when nobody is left to hear of what comes. */
  readonly #abandoned = new AbortController();
  readonly #end = Promise.withResolvers<End<Result>>();
  readonly #grounded = Promise.withResolvers<void>();
  readonly #aboard = new Set<Passenger<Permit, Result>>();
  readonly #watch: Disposable;
  #leader: Passenger<Permit, Result> | undefined;
  #isElsewhere = false;
  #settled = false;
  #closed = false;

  constructor(parts: FlightParts) {
    this.#parts = parts;
    this.#watch = parts.leases.onTaken(parts.key, () => this.#followElsewhere());
  }

  /** @throws what this passenger's own board or fly threw, its lateness, or the reason of its signal. */
  async ride(passenger: Passenger<Permit, Result>): Promise<Ride<Result>> {
    this.#aboard.add(passenger);
    try {
      if (!this.#departed.signal.aborted) await this.#board(passenger);
      return await this.#arrive(passenger);
    } finally {
      this.#aboard.delete(passenger);
      // After the landing the leader may still be reading.
      if (this.#aboard.size === 0 && !this.#settled) this.#abandon();
    }
  }

  /** Waits until this passenger's turn has come or another has departed. */
  async #board(passenger: Passenger<Permit, Result>): Promise<void> {
    let permit: Permit;
    try {
      permit = await passenger.board(AbortSignal.any([passenger.signal, this.#departed.signal]));
    } catch (error) {
      if (this.#departed.signal.aborted && !passenger.signal.aborted) return;
      throw error;
    }
    if (this.#departed.signal.aborted) return passenger.giveBack(permit);
    this.#departed.abort(CALLED_OFF);
    void this.#depart(passenger, permit);
    return undefined;
  }

  async #depart(passenger: Passenger<Permit, Result>, permit: Permit): Promise<void> {
    let lease: Lease | undefined;
    try {
      lease = await this.#take();
    } catch (error) {
      passenger.giveBack(permit);
      return this.#settle({ kind: "lost", error });
    }
    if (!lease) {
      passenger.giveBack(permit);
      return this.#wait();
    }
    this.#leader = passenger;
    const { signal } = this.#abandoned;
    try {
      const air = { signal, grounded: () => this.#grounded.resolve() };
      const landing = await passenger.fly(permit, air);
      await lease.end(endOf(landing));
      // What was the leader's alone is nobody's when the leader has left.
      if (!landing.shared && passenger.signal.aborted) this.#abandoned.abort();
      this.#settle({ kind: "landed", landing });
    } catch (error) {
      await lease.end("lost");
      this.#settle({ kind: "lost", error });
    }
    return undefined;
  }

  /** Without a store each process flies for itself (promise P10). */
  async #take(): Promise<Lease | undefined> {
    try {
      return await this.#parts.leases.take(this.#parts.key);
    } catch (error) {
      if (error instanceof StoreFault) return { end: () => Promise.resolve() };
      throw error;
    }
  }

  #followElsewhere(): void {
    if (this.#departed.signal.aborted) return;
    this.#departed.abort(CALLED_OFF);
    void this.#wait();
  }

  /** Another process flies: when that has ended, one look serves everybody here. */
  async #wait(): Promise<void> {
    const { leases, key } = this.#parts;
    this.#isElsewhere = true;
    this.#grounded.resolve();
    try {
      const how = await leases.ended(key, this.#abandoned.signal);
      if (how === "alone") return this.#settle({ kind: "unshared" });
      const [somebody] = this.#aboard;
      const result = await somebody?.look();
      return this.#settle(result === undefined ? { kind: "lost" } : { kind: "found", result });
    } catch (error) {
      return this.#settle({ kind: "lost", error });
    }
  }

  #settle(end: End<Result>): void {
    this.#settled = true;
    // Whoever asks after the landing must look into the store again.
    this.#close();
    this.#end.resolve(end);
  }

  #abandon(): void {
    this.#close();
    this.#departed.abort(CALLED_OFF);
    this.#abandoned.abort();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch[Symbol.dispose]();
    this.#parts.onEnd();
  }

  async #arrive(passenger: Passenger<Permit, Result>): Promise<Ride<Result>> {
    const mine = (): boolean => this.#leader === passenger;
    const end = await this.#endOrLeave(passenger, mine);
    switch (end.kind) {
      case "landed": {
        const { shared, result } = end.landing;
        if (shared) return { kind: mine() ? "leader" : "follower", result };
        return mine() ? { kind: "unshared", result } : { kind: "unshared" };
      }
      case "found":
        return { kind: "follower", result: end.result };
      case "unshared":
        return { kind: "unshared" };
      case "lost":
        // Nobody is there any more to try again for.
        passenger.signal.throwIfAborted();
        if (mine()) throw end.error;
        return { kind: "lost", error: end.error };
      default:
        return end satisfies never;
    }
  }

  /** The flight's end, unless the client leaves; or a follower's deadline passes while its leader is in line again. */
  async #endOrLeave(
    passenger: Passenger<Permit, Result>,
    mine: () => boolean,
  ): Promise<End<Result>> {
    passenger.signal.throwIfAborted();
    const done = new AbortController();
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(passenger.signal.reason);
    passenger.signal.addEventListener("abort", leave, { once: true, signal: done.signal });
    const late = this.#grounded.promise.then(() => passenger.late(done.signal, this.#isElsewhere));
    const lateFollower = late.catch((error: unknown): Promise<never> => {
      // The leader's own deadline is judged where it stands in line.
      return mine() || done.signal.aborted ? new Promise(() => {}) : Promise.reject(error);
    });
    try {
      return await Promise.race([this.#end.promise, left.promise, lateFollower]);
    } finally {
      done.abort(CALLED_OFF);
      lateFollower.catch(() => {});
    }
  }
}

function endOf<Result>({ shared, stored }: Landing<Result>): LeaseEnd {
  if (!shared) return "alone";
  return stored ? "shared" : "lost";
}
