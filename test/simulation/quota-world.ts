import { MemoryTables } from "../../src/schedule/memory-tables.ts";
import { Events } from "./events.ts";
import { Holdings } from "../../src/schedule/holdings.ts";
import { takeOutlook } from "../../src/schedule/outlook.ts";
import { takeLeave, takePause, takeTurn, type TurnInput } from "../../src/schedule/turn.ts";
import type { LedgerOutlook, LedgerTerms, Policy } from "../../src/ports/ledger.ts";

/** 200 a minute with a second of pad, as the ClientExec preset has it. */
export const CLIENTEXEC: LedgerTerms = {
  upstream: "simulated",
  quotas: [{ name: "q", limit: 200, windowMs: 60_000, padMs: 1000 }],
  concurrency: 1000,
  maxWaiting: 100_000,
  forwardMs: 30_000,
  firstPauseMs: 1000,
  maxPauseMs: 60_000,
};

/** One request's way through the line; instants in milliseconds of the world. */
export interface Asked {
  readonly ticket: string;
  readonly consumer: string;
  readonly askedAt: number;
  readonly asking: Asking;
  /** When it left for the upstream; absent while it waits. */
  departedAt?: number;
  /** It was dropped with its process. */
  lost?: boolean;
}

/** How a request asks. */
export interface Asking {
  readonly consumer: string;
  readonly weight?: number;
  readonly cost?: number;
  readonly urgency?: number;
  readonly process?: string;
  readonly policies?: readonly Policy[];
  /** Told when the answer has come. */
  readonly onAnswer?: () => void;
}

interface Process {
  readonly name: string;
  readonly holdings: Holdings;
  sequence: number;
  doubt: boolean;
  due: boolean;
  timer: number;
}

/** A process hands in everything after this long without a turn, as the turn loop does. */
const REMEMBERED_MS = 1000;

/**
 * Several processes, one ledger and an upstream, on a clock that jumps from event to event: the rule of
 * schedule/turn.ts over tables in memory, and each process's half of it (schedule/holdings.ts), as they run.
 */
export class QuotaWorld {
  readonly events = new Events();
  readonly asked: Asked[] = [];
  tables = new MemoryTables();
  terms: LedgerTerms;
  memory = "first";
  /** How far the ledger's clock is ahead of the true one. */
  clockAheadMs = 0;
  /** How long the upstream takes. */
  answerAfterMs = 30;
  readonly #processes = new Map<string, Process & { turnedAt: number }>();
  readonly #byTicket = new Map<string, { asked: Asked; asking: Asking }>();
  #generation = 0;

  constructor(terms: LedgerTerms = CLIENTEXEC) {
    this.terms = terms;
    this.tables.write("state", "memory", this.memory);
  }

  /** Departures in their order. */
  get departures(): number[] {
    return this.asked.flatMap(({ departedAt }) => departedAt ?? []).toSorted((a, b) => a - b);
  }

  ask(asking: Asking): Asked {
    const { consumer, weight = 1, cost = 1, urgency = 3, process = "p1", policies = [] } = asking;
    const since = this.events.nowMs;
    const ticket = `t${String(this.asked.length).padStart(9, "0")}`;
    const asked: Asked = { ticket, consumer, askedAt: since, asking };
    this.asked.push(asked);
    this.#byTicket.set(ticket, { asked, asking });
    const { holdings } = this.#process(process);
    const returning = false;
    holdings.add({ ticket, consumer, weight, cost, urgency, since, returning, policies });
    this.#poke(process);
    return asked;
  }

  /** What a forecast sees now. */
  outlook(): LedgerOutlook {
    return takeOutlook(this.#input());
  }

  /** The upstream answers with a 429 and asks for a pause; with a policy, of that alone. */
  pause(forMs: number, policy?: string): void {
    const scope = policy === undefined ? {} : { policy };
    takePause(this.#input(), { process: "p1", ticket: "none", forMs, ...scope });
  }

  /** A process dies: what waits in it is lost, what it sent stays sent; nobody says so to the ledger. */
  kill(name: string): void {
    const process = this.#processes.get(name);
    this.#processes.delete(name);
    if (!process) return;
    for (const { ticket } of process.holdings.takeReport(this.events.nowMs, true).everything
      ?.waiting ?? []) {
      this.#lose(ticket);
    }
    for (const { ticket } of process.holdings.takeReport(this.events.nowMs, true).joins)
      this.#lose(ticket);
  }

  /** The store loses its memory, as a Redis does that restarts empty. */
  forget(): void {
    this.tables = new MemoryTables();
    this.memory = `after ${this.events.nowMs}`;
  }

  /** A process leaves at its own wish. */
  withdraw(name: string): void {
    this.kill(name);
    takeLeave(this.#input(), this.#nameOf(name));
  }

  run(forMs: number): void {
    this.events.run(forMs);
  }

  #lose(ticket: string): void {
    const asked = this.#byTicket.get(ticket)?.asked;
    if (asked) asked.lost = true;
  }

  #nameOf(name: string): string {
    return this.#processes.get(name)?.name ?? name;
  }

  #input(): TurnInput {
    const clock = Math.round((this.events.nowMs + this.clockAheadMs) * 1000) + 1_000_000_000;
    return { tables: this.tables, terms: this.terms, clock, memory: this.memory };
  }

  #process(name: string): Process & { turnedAt: number } {
    const known = this.#processes.get(name);
    if (known) return known;
    const longest = Math.max(...this.terms.quotas.map(({ windowMs, padMs }) => windowMs + padMs));
    const fresh = {
      name: `${name}-${(this.#generation += 1)}`,
      holdings: new Holdings(() => longest),
      sequence: 0,
      doubt: true,
      due: false,
      timer: 0,
      turnedAt: Number.NEGATIVE_INFINITY,
    };
    this.#processes.set(name, fresh);
    return fresh;
  }

  #poke(name: string): void {
    const process = this.#process(name);
    if (process.due) return;
    process.due = true;
    this.events.after(0, () => this.#turn(name, process));
  }

  #turn(name: string, process: Process & { turnedAt: number }): void {
    if (this.#processes.get(name) !== process) return;
    const { holdings } = process;
    const now = this.events.nowMs;
    const whole = process.doubt || now - process.turnedAt > REMEMBERED_MS;
    Object.assign(process, { due: false, sequence: process.sequence + 1, turnedAt: now });
    holdings.forget(now);
    const report = holdings.takeReport(now, whole);
    const input = this.#input();
    const { reply, hint } = takeTurn(input, {
      process: process.name,
      sequence: process.sequence,
      ...report,
    });
    process.doubt = reply.askEverything;
    if (reply.askEverything) {
      holdings.keep(report);
      return this.#turn(name, process);
    }
    holdings.learnPeers(reply.peers);
    for (const { ticket } of reply.refused) holdings.refuse(ticket);
    for (const ticket of reply.granted) this.#depart(name, process, ticket);
    for (const other of hint) this.#hint(other);
    const timer = (process.timer += 1);
    if (!holdings.matters) return undefined;
    this.events.after(Math.max(0.001, reply.wakeInMs), () => {
      if (process.timer === timer && !process.due) this.#turn(name, process);
    });
    return undefined;
  }

  #hint(processName: string): void {
    for (const [name, process] of this.#processes)
      if (process.name === processName) this.#poke(name);
  }

  #depart(name: string, process: Process, ticket: string): void {
    const now = this.events.nowMs;
    const known = this.#byTicket.get(ticket);
    if (!process.holdings.grant(ticket, now) || !known) return;
    process.holdings.depart(ticket, now);
    known.asked.departedAt = now;
    this.events.after(this.answerAfterMs, () => {
      process.holdings.answer(ticket);
      process.holdings.end(ticket, "answered");
      known.asking.onAnswer?.();
      if (this.#processes.get(name) === process) this.#poke(name);
    });
  }
}
