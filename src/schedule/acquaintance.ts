import { LEASE } from "./book.ts";

/** The lease of a process in the ledger, in milliseconds. */
const LEASE_MS = LEASE / 1000;

/** One reply of the ledger, as far as it tells of processes. */
export interface Heard {
  readonly peers: readonly string[];
  /** Monotonic instant just before the ledger was asked. */
  readonly askedAt: number;
  /** For how long a process is remembered that is not told of any more. */
  readonly rememberMs: number;
}

/**
 * Which processes share the quota with this one, as far as it has heard, and whether they must have heard of it. All
 * instants are its monotonic milliseconds.
 */
export class Acquaintance {
  readonly #seenAt = new Map<string, number>();
  /** Since when the ledger has not been without this process. */
  #since = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;

  /** Takes a reply into account. */
  hear({ peers, askedAt, rememberMs }: Heard): void {
    if (askedAt - this.#heardAt > LEASE_MS) {
      // Its lease may have run out: the others may have forgotten it.
      this.#since = askedAt;
      // What became of them meanwhile is not known: they may have sent until now.
      for (const peer of this.#seenAt.keys()) this.#seenAt.set(peer, askedAt);
    }
    this.#heardAt = askedAt;
    for (const peer of peers) this.#seenAt.set(peer, askedAt);
    for (const [peer, at] of this.#seenAt) {
      if (askedAt - at > rememberMs) this.#seenAt.delete(peer);
    }
  }

  /** All that were heard of lately, by name. One that was cut off a moment ago may be at work on its own share. */
  get known(): readonly string[] {
    return [...this.#seenAt.keys()].toSorted();
  }

  /**
   * True where whoever else lost the ledger at this instant, and is known to the others itself, counts this process:
   * each turns several times in a lease, this one has been there for a whole one, and its own had not run out.
   */
  isKnownToAll(lostAt: number): boolean {
    return lostAt - this.#heardAt <= LEASE_MS && this.#heardAt - this.#since >= LEASE_MS;
  }
}
