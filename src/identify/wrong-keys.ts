import { Problem } from "../http/problem.ts";
import { retryAfterSeconds } from "../http/retry-after.ts";

/*
 * Requests with a wrong key, by the address that they come from. Only they are counted and only they are refused, so
 * that services with a good key pass although they share an address, behind a balancer say. What keeps a key from being
 * guessed is its length; this spares the rest of the path, and makes a guesser seen.
 */

/** How long an address is counted for, from its first wrong key on, in milliseconds. */
const WINDOW_MS = 60_000;

/** Addresses that are counted at once; of more, those that began first are forgotten. */
const MOST_ADDRESSES = 10_000;

/** What the counts are kept with. */
export interface WrongKeysParts {
  /** Wrong keys that an address may send in a minute. */
  readonly most: () => number;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

interface Count {
  readonly endsAt: number;
  wrong: number;
}

/** Counts wrong keys. */
export class WrongKeys {
  readonly #parts: WrongKeysParts;
  readonly #counts = new Map<string, Count>();

  constructor(parts: WrongKeysParts) {
    this.#parts = parts;
  }

  /** Addresses that are counted. */
  get size(): number {
    return this.#counts.size;
  }

  /** Counts one; what its sender is told instead of that its key is wrong, where there were too many. */
  refusal(address: string): Problem | undefined {
    const { most, now } = this.#parts;
    const peer = peerOf(address);
    const count = this.#countOf(peer, now());
    count.wrong += 1;
    if (count.wrong <= most()) return undefined;
    return new Problem("too-many-wrong-keys", {
      detail: `More than ${most()} requests with a wrong key came from this address within a minute. Requests with a valid key pass. Find what sends an old key, and give it this service's own.`,
      operatorNote: `Wrong keys from ${peer} this minute: ${count.wrong}.`,
      retryAfterSeconds: retryAfterSeconds(count.endsAt - now()),
    });
  }

  #countOf(peer: string, now: number): Count {
    const known = this.#counts.get(peer);
    if (known && now < known.endsAt) return known;
    this.#counts.delete(peer);
    const [first] = this.#counts.keys();
    if (this.#counts.size >= MOST_ADDRESSES && first !== undefined) this.#counts.delete(first);
    const count = { endsAt: now + WINDOW_MS, wrong: 0 };
    this.#counts.set(peer, count);
    return count;
  }
}

/** Who is behind an address: of IPv6 the network of 64 bits, since a host has all of it to itself. */
export function peerOf(address: string): string {
  const isV6 = address.includes(":") && !address.includes(".");
  return isV6 ? networkOf(address) : address.replace(/^::ffff:/i, "");
}

/** The first four groups, with what `::` stands for written out. */
function networkOf(address: string): string {
  const [head = "", tail = ""] = address.split("::");
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}

function groups(text: string): string[] {
  return text.split(":").filter((group) => group !== "");
}
