import { CALLED_OFF, type Clock } from "../ports/clock.ts";
import type { Permit } from "./permit.ts";
import type { Applicant } from "./admission.ts";
import type { Prospect } from "./foresee.ts";
import type { Waiting } from "./holdings.ts";

/** One request for a permit. */
export interface PermitRequest extends Omit<Prospect, "behind" | "behindAt"> {
  /** Monotonic instants: when the exchange began to wait, and when it must have its permit. */
  readonly since: number;
  readonly deadline: number;
  /** True where it had a permit before and must ask again: it keeps its place. */
  readonly returning: boolean;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

/** Somebody who waits for a permit. */
export interface Asker {
  readonly request: PermitRequest;
  /** Monotonic instant of this request for a permit; one that returns has waited since long before. */
  readonly askedAt: number;
  readonly resolve: (permit: Permit) => void;
  readonly reject: (error: unknown) => void;
  /** Aborts once the ticket waits no more. */
  readonly done: AbortController;
  /** True: it is known that it can leave in time. */
  readonly judged: boolean;
}

/** Those who wait for permits in this process, in the order in which they came. */
export class Askers {
  readonly #askers = new Map<string, Asker>();
  /** Those who are not judged yet: few, where many wait. */
  readonly #unjudged = new Map<string, Asker>();

  add(ticket: string, asker: Asker): void {
    this.#askers.set(ticket, asker);
    if (!asker.judged) this.#unjudged.set(ticket, asker);
  }

  get(ticket: string): Asker | undefined {
    return this.#askers.get(ticket);
  }

  /** Takes one out, which waits no more. */
  take(ticket: string): Asker | undefined {
    const asker = this.#askers.get(ticket);
    this.#askers.delete(ticket);
    this.#unjudged.delete(ticket);
    asker?.done.abort(CALLED_OFF);
    return asker;
  }

  /** Their tickets. */
  get tickets(): readonly string[] {
    return [...this.#askers.keys()];
  }

  /** Those, each once, whom a turn that was asked for at an instant has left waiting and who are not judged yet. */
  unjudged(turnedAt: number): ReadonlySet<string> {
    const tickets = new Set<string>();
    for (const [ticket, asker] of this.#unjudged) {
      if (asker.askedAt > turnedAt) continue;
      this.#unjudged.delete(ticket);
      tickets.add(ticket);
    }
    return tickets;
  }

  /** Some of them as applicants; each stands before itself and before those of its consumer who came after it. */
  applicants(
    tickets: ReadonlySet<string>,
  ): readonly (readonly [ticket: string, Applicant & PermitRequest])[] {
    if (tickets.size === 0) return [];
    const behind = new Map<string, number>();
    const count = (line: string, { consumer, cost }: PermitRequest): number => {
      const units = (behind.get(`${line}|${consumer}`) ?? 0) + cost;
      behind.set(`${line}|${consumer}`, units);
      return units;
    };
    const latestFirst = [...this.#askers].toReversed().map(([ticket, { request }]) => {
      const { policies = [] } = request;
      const behindAt = new Map(policies.map(({ name }) => [name, count(`at ${name}`, request)]));
      return [ticket, { ...request, behind: count("", request), behindAt }] as const;
    });
    return latestFirst.filter(([ticket]) => tickets.has(ticket)).toReversed();
  }
}

/** Tells, unless its asker is taken before, of a client that has left, or of a deadline that passes in `leftMs`. */
export function watch(
  { request: { signal }, done }: Asker,
  { clock, leftMs }: { readonly clock: Clock; readonly leftMs: number },
  fail: { readonly left: () => void; readonly late: () => void },
): void {
  signal.addEventListener("abort", fail.left, { signal: done.signal });
  clock.sleep(leftMs, done.signal).then(fail.late, () => {});
}

/** A request's ticket, as its process holds it. */
export function waitingOf(ticket: string, request: PermitRequest): Waiting {
  const { consumer, weight, cost, urgency, since, returning, policies } = request;
  const under = policies === undefined ? {} : { policies };
  return { ticket, consumer, weight, cost, urgency, since, returning, ...under };
}
