import { ApartLedger } from "../../src/schedule/apart-ledger.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";
import { Scheduler } from "../../src/schedule/scheduler.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { terms } from "../support/ledger-world.ts";
import type {
  Ledger,
  LedgerHint,
  LedgerOutlook,
  LedgerTerms,
  PauseReport,
  TurnReply,
  TurnReport,
} from "../../src/ports/ledger.ts";

/*
 * Some processes, with the real scheduler each, before one store that fails and comes back; time is faked.
 */

/** How a store that is away fails: at once, after a command's time-out, or after it has done what was asked. */
export type Failing = "refusing" | "frozen" | "late";

/** What a store knows when it is back. */
export type Return = "as-it-was" | "restarted" | "empty";

/** A ledger behind a connection that can be cut. */
class Connection implements Ledger {
  failing: Failing | "no" | "dead" = "no";
  readonly #inner: Ledger;
  readonly #clock: FakeClock;

  constructor(inner: Ledger, clock: FakeClock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  turn(report: TurnReport): Promise<TurnReply> {
    return this.#send(async () => {
      const reply = await this.#inner.turn(report);
      // As timers have it.
      return { ...reply, wakeInMs: Math.ceil(reply.wakeInMs) };
    });
  }

  pause(report: PauseReport): Promise<void> {
    return this.#send(() => this.#inner.pause(report));
  }

  leave(process: string): Promise<void> {
    return this.#send(() => this.#inner.leave(process));
  }

  outlook(): Promise<LedgerOutlook> {
    return this.#send(() => this.#inner.outlook());
  }

  onHint(listener: (hint: LedgerHint) => void): void {
    this.#inner.onHint((hint) => {
      if (this.failing === "no") listener(hint);
    });
  }

  async close(): Promise<void> {}

  async #send<Answer>(command: () => Promise<Answer>): Promise<Answer> {
    switch (this.failing) {
      case "no":
        return command();
      case "dead":
        return new Promise(() => {});
      case "late":
        await command();
        break;
      case "frozen":
        await this.#clock.sleep(500, new AbortController().signal);
        break;
      case "refusing":
        break;
      default:
        this.failing satisfies never;
    }
    throw new StoreFault("the test's store is away");
  }
}

/** One process and those who ask through it. */
export interface Member {
  readonly scheduler: Scheduler;
  readonly connection: Connection;
  /** False once it was killed. */
  alive: boolean;
  /** Callers go on only while this is true. */
  asking: boolean;
}

/** One departure. */
export interface Sent {
  readonly member: Member;
  readonly atMs: number;
}

/** The world. */
export class OutageWorld {
  readonly clock = new FakeClock();
  readonly shared = new SharedMemory();
  readonly members: Member[] = [];
  readonly sent: Sent[] = [];
  /** What was thrown to callers. */
  readonly errors: unknown[] = [];
  readonly terms: LedgerTerms;
  #failing: Failing | "no" = "no";
  #runs = 1;

  constructor(changes: Partial<LedgerTerms> = {}) {
    this.terms = terms({ apart: true, ...changes });
  }

  /** The longest time for which a unit counts. */
  get spanMs(): number {
    return Math.max(...this.terms.quotas.map(({ windowMs, padMs }) => windowMs + padMs));
  }

  /** Starts a process; where the store is away it does not start, as the real one. */
  async start(): Promise<Member | undefined> {
    if (this.#failing !== "no") return undefined;
    const { clock, terms: ledgerTerms } = this;
    const connection = new Connection(new MemoryLedger(this.shared, ledgerTerms, clock), clock);
    const ledger = new ApartLedger({ store: connection, clock, terms: ledgerTerms });
    const scheduler = new Scheduler({ ledger, clock, terms: ledgerTerms, onStore: () => {} });
    const member: Member = { scheduler, connection, alive: true, asking: true };
    this.members.push(member);
    await scheduler.greet();
    return member;
  }

  /** Lets so many callers ask through a process, each again as soon as it is answered. */
  load(member: Member, callers: number): void {
    for (let caller = 0; caller < callers; caller += 1) void this.#call(member, `c${caller % 3}`);
  }

  /** Ends a process without a word. */
  kill(member: Member): void {
    member.alive = false;
    member.connection.failing = "dead";
  }

  /** The store is lost to these processes; absent: to all. */
  lose(failing: Failing, members: readonly Member[] = this.members): void {
    if (members === this.members) this.#failing = failing;
    for (const member of members) if (member.alive) member.connection.failing = failing;
  }

  /** The store is back. */
  restore(how: Return): void {
    this.#failing = "no";
    if (how !== "as-it-was") this.shared.memory = `memory-${(this.#runs += 1)}`;
    if (how === "empty") this.shared.flush();
    for (const member of this.members) if (member.alive) member.connection.failing = "no";
  }

  /** Departures of one process, or all, in a span of time. */
  departures(from = 0, to = Number.POSITIVE_INFINITY, member?: Member): number[] {
    return this.sent
      .filter((one) => one.atMs >= from && one.atMs < to)
      .filter((one) => member === undefined || one.member === member)
      .map(({ atMs }) => atMs);
  }

  async #call(member: Member, consumer: string): Promise<void> {
    const { clock } = this;
    const { signal } = new AbortController();
    while (member.alive) {
      if (!member.asking) {
        await clock.sleep(300, signal);
        continue;
      }
      const since = clock.monotonic();
      const asked = { consumer, weight: 1, cost: 1, urgency: 3, returning: false, since, signal };
      try {
        const permit = await member.scheduler.acquire({ ...asked, deadline: since + 30_000 });
        if (!member.alive) return;
        if (permit.mayDepart()) this.sent.push({ member, atMs: clock.monotonic() });
        await clock.sleep(20, signal);
        permit.end("answered");
      } catch (error) {
        this.errors.push(error);
        await clock.sleep(250, signal);
      }
    }
  }
}
