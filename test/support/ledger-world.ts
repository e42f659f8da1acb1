import { MemoryTables } from "../../src/schedule/memory-tables.ts";
import { takePause, takeTurn, type TurnInput, type TurnResult } from "../../src/schedule/turn.ts";
import type { Join, LedgerTerms, TurnReply, TurnReport } from "../../src/ports/ledger.ts";

/** Terms of a small ledger: 20 units in any 6 s, with 200 ms of pad. */
export function terms(changes: Partial<LedgerTerms> = {}): LedgerTerms {
  return {
    upstream: "test",
    quotas: [{ name: "test", limit: 20, windowMs: 6000, padMs: 200 }],
    concurrency: 1000,
    maxWaiting: 100_000,
    forwardMs: 30_000,
    firstPauseMs: 1000,
    maxPauseMs: 60_000,
    ...changes,
  };
}

/** One stamped departure. */
export interface Departed {
  readonly ticket: string;
  readonly consumer: string;
  readonly atMs: number;
}

/**
 * A discrete-event world around the rule: processes that turn when they must, forwards that take a
 * fixed time, a clock that jumps from event to event.
 */
export class LedgerWorld {
  readonly tables = new MemoryTables();
  readonly departed: Departed[] = [];
  readonly terms: LedgerTerms;
  /** Called when a forward has been answered. */
  onAnswer: (ticket: string, consumer: string) => void = () => {};
  answerAfterMs = 20;
  memory = "memory-1";
  nowMs = 1_000_000;
  #events: { at: number; order: number; run: () => void }[] = [];
  #order = 0;
  #tickets = 0;
  readonly #pending = new Map<string, PendingReport>();
  readonly #consumers = new Map<string, string>();

  constructor(ledgerTerms: LedgerTerms = terms()) {
    this.terms = ledgerTerms;
    this.tables.write("state", "memory", this.memory);
  }

  /** Runs `run` after a time. */
  after(ms: number, run: () => void): void {
    this.#events.push({ at: this.nowMs + ms, order: (this.#order += 1), run });
    this.#events.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  /** Lets a consumer ask for one unit through a process; the ticket's name is returned. */
  ask(process: string, consumer: string, extra: Partial<Join> = {}): string {
    const ticket = `t${(this.#tickets += 1)}`;
    this.#consumers.set(ticket, consumer);
    const join = {
      ticket,
      consumer,
      weight: 1,
      cost: 1,
      urgency: 3,
      waitedMs: 0,
      returning: false,
      ...extra,
    };
    this.#report(process).joins.push(join);
    this.#poke(process);
    return ticket;
  }

  /** Withdraws a waiting ticket. */
  abandon(process: string, ticket: string): void {
    this.#report(process).leaves.push(ticket);
    this.#poke(process);
  }

  /** Tells the ledger of a 429. */
  throttle(process: string, ticket: string, forMs?: number): void {
    takePause(this.#input(), { process, ticket, ...(forMs === undefined ? {} : { forMs }) });
  }

  /** One raw turn. */
  turn(report: Partial<TurnReport> & { process: string; sequence: number }): TurnReply {
    const whole = { joins: [], leaves: [], ended: [], returned: [], ...report };
    return takeTurn(this.#input(), whole).reply;
  }

  /** Lets time pass until `untilMs` after the start of the call. */
  run(forMs: number): void {
    const end = this.nowMs + forMs;
    for (let next = this.#events[0]; next && next.at <= end; next = this.#events[0]) {
      this.#events.shift();
      this.nowMs = Math.max(this.nowMs, next.at);
      next.run();
    }
    this.nowMs = end;
  }

  #input(): TurnInput {
    const { tables, terms: ledgerTerms, memory } = this;
    return { tables, terms: ledgerTerms, clock: Math.round(this.nowMs * 1000), memory };
  }

  #report(process: string): PendingReport {
    const known = this.#pending.get(process);
    if (known) return known;
    const fresh: PendingReport = {
      sequence: 0,
      joins: [],
      leaves: [],
      ended: [],
      timer: 0,
      due: false,
    };
    this.#pending.set(process, fresh);
    return fresh;
  }

  #poke(process: string): void {
    const pending = this.#report(process);
    if (pending.due) return;
    pending.due = true;
    this.after(0, () => this.#take(process));
  }

  #take(process: string): void {
    const pending = this.#report(process);
    pending.due = false;
    pending.sequence += 1;
    const first = pending.sequence === 1;
    const { joins, leaves, ended } = pending;
    Object.assign(pending, { joins: [], leaves: [], ended: [] });
    const everything = first ? { everything: { waiting: [], departed: [], peers: [] } } : {};
    const result: TurnResult = takeTurn(this.#input(), {
      process,
      sequence: pending.sequence,
      joins,
      leaves,
      ended,
      returned: [],
      ...everything,
    });
    for (const ticket of result.reply.granted) this.#depart(process, ticket);
    for (const other of result.hint) this.#poke(other);
    const timer = (pending.timer += 1);
    this.after(Math.max(0.001, result.reply.wakeInMs), () => {
      if (pending.timer === timer && !pending.due) this.#take(process);
    });
  }

  #depart(process: string, ticket: string): void {
    const consumer = this.#consumers.get(ticket) ?? "";
    this.departed.push({ ticket, consumer, atMs: this.nowMs });
    this.after(this.answerAfterMs, () => {
      this.#report(process).ended.push({ ticket, outcome: "answered" });
      this.onAnswer(ticket, consumer);
      this.#poke(process);
    });
  }
}

interface PendingReport {
  sequence: number;
  joins: Join[];
  leaves: string[];
  ended: { ticket: string; outcome: "answered" }[];
  timer: number;
  due: boolean;
}

/** The largest number of instants in any rolling window of `windowMs`. */
export function worstWindow(atMs: readonly number[], windowMs: number): number {
  const sorted = atMs.toSorted((a, b) => a - b);
  let worst = 0;
  let from = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[from] ?? at) <= at - windowMs) from += 1;
    worst = Math.max(worst, index - from + 1);
  }
  return worst;
}

/** The longest time between two consecutive instants. */
export function longestSilence(atMs: readonly number[]): number {
  return Math.max(0, ...atMs.slice(1).map((at, index) => at - (atMs[index] ?? at)));
}
