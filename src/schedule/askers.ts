import { Deadlines } from "./deadlines.ts";
import type { Permit } from "./permit.ts";
import type { Applicant } from "./admission.ts";
import type { Prospect } from "./foresee.ts";
import type { Waiting } from "./holdings.ts";
import type { Clock } from "../ports/clock.ts";

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
  /** True: it is known that it can leave in time. */
  readonly judged: boolean;
}

/** What those who wait are watched with. */
export interface AskersParts {
  readonly clock: Clock;
  /** An asker's client has left, or its deadline has passed; it has not been taken out yet. */
  readonly onEnd: (ticket: string, why: "left" | "late") => void;
}

/** Who will not wait at all is told so by the turn that brings nothing; without a turn, after this long. */
const NOW_OR_NEVER_MS = 1000;

/** Those who wait for permits in this process, in the order in which they came. */
export class Askers {
  readonly #parts: AskersParts;
  readonly #deadlines: Deadlines;
  readonly #askers = new Map<string, Asker>();
  /** Stop listening to a client. */
  readonly #unlisten = new Map<string, () => void>();
  /** Those who are not judged yet: few, where many wait. */
  readonly #unjudged = new Map<string, Asker>();

  constructor(parts: AskersParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines({
      clock: parts.clock,
      waits: (ticket) => this.#askers.has(ticket),
      onDue: (ticket) => parts.onEnd(ticket, "late"),
    });
  }

  add(ticket: string, asker: Asker): void {
    const { clock, onEnd } = this.#parts;
    const { signal, deadline } = asker.request;
    this.#askers.set(ticket, asker);
    if (!asker.judged) this.#unjudged.set(ticket, asker);
    const leave = (): void => onEnd(ticket, "left");
    signal.addEventListener("abort", leave);
    this.#unlisten.set(ticket, () => signal.removeEventListener("abort", leave));
    const now = clock.monotonic();
    this.#deadlines.add(ticket, deadline > now ? deadline : now + NOW_OR_NEVER_MS);
  }

  /** Nobody is told of a deadline any more. */
  close(): void {
    this.#deadlines.close();
  }

  get(ticket: string): Asker | undefined {
    return this.#askers.get(ticket);
  }

  /** Takes one out, which waits no more. */
  take(ticket: string): Asker | undefined {
    const asker = this.#askers.get(ticket);
    this.#askers.delete(ticket);
    this.#unjudged.delete(ticket);
    this.#unlisten.get(ticket)?.();
    this.#unlisten.delete(ticket);
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

/** A request's ticket, as its process holds it. */
export function waitingOf(ticket: string, request: PermitRequest): Waiting {
  const { consumer, weight, cost, urgency, since, returning, policies } = request;
  const under = policies === undefined ? {} : { policies };
  return { ticket, consumer, weight, cost, urgency, since, returning, ...under };
}
