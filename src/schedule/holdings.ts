import type { Departure, Everything, Join, Outcome, Policy, TurnReport } from "../ports/ledger.ts";

/** A ticket that waits in this process. */
export interface Waiting {
  readonly ticket: string;
  readonly consumer: string;
  readonly weight: number;
  readonly cost: number;
  readonly urgency: number;
  /** Monotonic instant of its first arrival. */
  readonly since: number;
  readonly returning: boolean;
  /** Inner quotas that it is under; absent: none. */
  readonly policies?: readonly Policy[];
}

interface Held {
  readonly consumer: string;
  readonly cost: number;
  readonly policies: readonly Policy[];
  /** Monotonic; the instant of the grant until it departs. */
  at: number;
  departed: boolean;
  underWay: boolean;
}

/** Between two times that departures are gone through, in milliseconds. */
const FORGET_EVERY_MS = 500;

/** What one process knows of its tickets and has still to report: the process's half of the ledger. */
export class Holdings {
  readonly #waiting = new Map<string, Waiting>();
  readonly #held = new Map<string, Held>();
  readonly #rememberMs: () => number;
  #joins = new Set<string>();
  #leaves: string[] = [];
  #ended: { ticket: string; outcome: Outcome }[] = [];
  #returned: string[] = [];
  #answered: string[] = [];
  #peers: readonly string[] = [];
  #forgotAt = Number.NEGATIVE_INFINITY;

  /** `rememberMs`: the longest time for which a departed unit counts anywhere, by the terms of the moment. */
  constructor(rememberMs: () => number) {
    this.#rememberMs = rememberMs;
  }

  /** Tickets that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Granted forwards that have not ended. */
  get underWay(): number {
    return this.#held
      .values()
      .filter((held) => held.underWay)
      .toArray().length;
  }

  /** True while the ledger must go on hearing from this process. */
  get matters(): boolean {
    return this.#waiting.size + this.#held.size > 0 || this.hasNews;
  }

  /** True where something has happened since the last report. */
  get hasNews(): boolean {
    const told = this.#leaves.length + this.#ended.length + this.#returned.length;
    return this.#joins.size + this.#answered.length + told > 0;
  }

  add(ticket: Waiting): void {
    this.#waiting.set(ticket.ticket, ticket);
    this.#joins.add(ticket.ticket);
  }

  /** Units by consumer of tickets that the ledger has not been told of. */
  unreported(): ReadonlyMap<string, number> {
    const units = new Map<string, number>();
    for (const ticket of this.#joins) {
      const { consumer = "", cost = 0 } = this.#waiting.get(ticket) ?? {};
      units.set(consumer, (units.get(consumer) ?? 0) + cost);
    }
    return units;
  }

  /** A ticket that nobody wants any more. */
  drop(ticket: string): void {
    if (this.#waiting.delete(ticket)) this.#leaves.push(ticket);
  }

  /** The ledger has refused a ticket: it is gone on both sides. */
  refuse(ticket: string): void {
    this.#waiting.delete(ticket);
  }

  /** A ticket was granted; false where it has left meanwhile, so that its unit goes back. */
  grant(ticket: string, at: number): boolean {
    const known = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    if (!known) {
      this.#returned.push(ticket);
      return false;
    }
    const { consumer, cost, policies = [] } = known;
    this.#held.set(ticket, { consumer, cost, policies, at, departed: false, underWay: true });
    return true;
  }

  depart(ticket: string, at: number): void {
    const held = this.#held.get(ticket);
    if (held) Object.assign(held, { at, departed: true });
  }

  end(ticket: string, outcome: Outcome | "returned"): void {
    const held = this.#held.get(ticket);
    if (!held) return;
    held.underWay = false;
    if (outcome === "returned") {
      this.#held.delete(ticket);
      this.#returned.push(ticket);
    } else {
      this.#ended.push({ ticket, outcome });
    }
  }

  /** The head of a probe's answer has come. */
  answer(probe: string): void {
    this.#answered.push(probe);
  }

  learnPeers(peers: readonly string[]): void {
    this.#peers = peers;
  }

  /**
   * Forgets departures that no window counts any more. There may be a hundred thousand, and this is asked at each turn:
   * so they are gone through now and then, and some stay a little longer, which no ledger minds.
   */
  forget(now: number): void {
    if (now - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    const longestMs = this.#rememberMs();
    for (const [ticket, held] of this.#held) {
      if (held.underWay || now - held.at <= longestMs) continue;
      const spans = held.policies.map(({ windowMs, padMs }) => windowMs + padMs);
      if (now - held.at > Math.max(0, ...spans)) this.#held.delete(ticket);
    }
  }

  /** Takes the news since the last report; with `whole`, all there is besides. */
  takeReport(now: number, whole: boolean): Omit<TurnReport, "process" | "sequence"> {
    const report = {
      joins: [...this.#joins].flatMap((ticket) => this.#joinOf(ticket, now)),
      leaves: this.#leaves,
      ended: this.#ended,
      returned: this.#returned,
      ...(this.#answered.length === 0 ? {} : { answered: this.#answered }),
      ...(whole ? { everything: this.#everything(now) } : {}),
    };
    this.#joins = new Set();
    this.#leaves = [];
    this.#ended = [];
    this.#returned = [];
    this.#answered = [];
    return report;
  }

  /** A report did not take effect: what a report of everything would not say is kept for the next. */
  keep(report: Pick<TurnReport, "ended" | "answered">): void {
    this.#answered = [...(report.answered ?? []), ...this.#answered];
    this.#ended = [...report.ended, ...this.#ended];
  }

  #joinOf(ticket: string, now: number): Join[] {
    const waiting = this.#waiting.get(ticket);
    if (!waiting) return [];
    const { since, ...rest } = waiting;
    return [{ ...rest, waitedMs: now - since }];
  }

  #everything(now: number): Everything {
    const waiting = this.#waiting
      .keys()
      .filter((ticket) => !this.#joins.has(ticket))
      .toArray()
      .flatMap((ticket) => this.#joinOf(ticket, now))
      // Whether these were let in is not certain; asked for twice they are not refused.
      .map((join) => ({ ...join, returning: true }));
    const departed: Departure[] = [...this.#held].map(([ticket, held]) => ({
      ticket,
      consumer: held.consumer,
      cost: held.cost,
      agoMs: held.departed ? now - held.at : 0,
      underWay: held.underWay,
      ...(held.policies.length === 0 ? {} : { policies: held.policies }),
    }));
    return { waiting, departed, peers: this.#peers };
  }
}
