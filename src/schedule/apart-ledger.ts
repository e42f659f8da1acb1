import { Acquaintance } from "./acquaintance.ts";
import { orLost, StoreFault } from "../ports/faults.ts";
import { OwnLedger } from "./own-ledger.ts";
import { apartAfter, longestSpan } from "./windows.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  Ledger,
  LedgerHint,
  LedgerOutlook,
  LedgerTerms,
  PauseReport,
  TurnReply,
  TurnReport,
} from "../ports/ledger.ts";

/*
 * The store's ledger, and a process's own part of the quota where the store stays away (promise P10, `onLoss: share`).
 *
 *   joined --- the first failure ---> lost --- one longest span later ---> apart
 *      ^                                |                                    |
 *      +---------- a turn that succeeds, with everything that was sent ------+
 *
 * Why the limit holds where all lose the store. What the store granted was stamped before the first failure of any
 * process, and one longest span later counts no more. From then on each sends its part, and the parts make no more than
 * the limit, since each knows of all the others: with `apart` in the terms a process turns twice a second even if it has
 * nothing to send, so that each is in the others' replies; one of which that is not certain (Acquaintance) stays lost
 * until the store is back. When it is back, its ledger grants nothing until everybody has handed in what it sent:
 * either it has lost its memory, or it sees that nobody has turned for about a span; see membership. So what was sent
 * on a part is counted before anything is granted again.
 *
 * Where only some lose the store, the others go on with the whole limit; see docs/reliability.md.
 */

/** How often a store that is away is looked for. */
const LOOK_MS = 50;

/** What the ledger is built with. */
export interface ApartLedgerParts {
  readonly store: Ledger;
  readonly clock: Clock;
  /** Those of the store's ledger, as they are at each moment. */
  readonly terms: LedgerTerms;
}

/** The scope of a pause: an inner quota, or the whole upstream. */
type Scope = string | undefined;

/** A Ledger that the store keeps, and this process its own part of where the store stays away. */
export class ApartLedger implements Ledger {
  readonly #parts: ApartLedgerParts;
  readonly #acquaintance = new Acquaintance();
  readonly #listeners: ((hint: LedgerHint) => void)[] = [];
  readonly #closed = new AbortController();
  /** Monotonic instants until which something pauses, as far as is known. */
  readonly #pausedUntil = new Map<Scope, number>();
  #lostAt: number | undefined;
  #own: OwnLedger | undefined;
  #isBack = false;

  constructor(parts: ApartLedgerParts) {
    this.#parts = parts;
    parts.store.onHint((hint) => this.#tell(hint));
  }

  async turn(report: TurnReport): Promise<TurnReply> {
    const own = this.#ownLedger();
    // A turn that took effect without an answer would make the ledger believe that it was not away.
    if (!own && this.#lostAt !== undefined) await this.#watch(this.#parts.store.outlook());
    if (!own) return this.#ask(report);
    if (!this.#isBack) return own.turn(report);
    // What was sent meanwhile must be known there before anything is granted.
    if (!report.everything) return own.askEverything();
    try {
      return await this.#ask(report);
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      return own.turn(report);
    }
  }

  async pause(report: PauseReport): Promise<void> {
    const own = this.#ownLedger();
    if (own) {
      this.#note(report.policy, own.pause(report));
      // It may be there again, and else it is told when it is.
      void orLost(this.#parts.store.pause(report), undefined);
      return;
    }
    await this.#watch(this.#parts.store.pause(report));
    if (report.forMs !== undefined) this.#note(report.policy, report.forMs);
  }

  onHint(listener: (hint: LedgerHint) => void): void {
    this.#listeners.push(listener);
  }

  async leave(process: string): Promise<void> {
    this.#closed.abort();
    await this.#parts.store.leave(process);
  }

  async outlook(): Promise<LedgerOutlook> {
    return this.#own ? this.#own.outlook() : this.#parts.store.outlook();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#parts.store.close();
  }

  async #ask(report: TurnReport): Promise<TurnReply> {
    const { store, clock, terms } = this.#parts;
    if (this.#own) await this.#watch(this.#tellPauses(report.process));
    const askedAt = clock.monotonic();
    const reply = await this.#watch(store.turn(report));
    this.#lostAt = undefined;
    this.#own = undefined;
    this.#isBack = false;
    if (reply.askEverything) return reply;
    this.#acquaintance.hear({
      peers: reply.peers,
      askedAt,
      rememberMs: longestSpan(terms) / 1000,
    });
    this.#pausedUntil.clear();
    this.#note(undefined, reply.pausedForMs);
    for (const { policy, pausedForMs } of reply.policies) this.#note(policy, pausedForMs);
    // Who has gone a moment ago may have sent what a store that loses its memory does not know.
    return { ...reply, peers: this.#acquaintance.known };
  }

  /** Notes when the store was lost. */
  async #watch<Answer>(command: Promise<Answer>): Promise<Answer> {
    try {
      return await command;
    } catch (error) {
      if (error instanceof StoreFault) {
        this.#lostAt ??= this.#parts.clock.monotonic();
        this.#isBack = false;
      }
      throw error;
    }
  }

  /** This process's own ledger, where it may go by that. */
  #ownLedger(): OwnLedger | undefined {
    if (this.#own || this.#lostAt === undefined) return this.#own;
    const { clock, terms } = this.#parts;
    const lostAt = this.#lostAt;
    const lostForMs = clock.monotonic() - lostAt;
    if (lostForMs < apartAfter(terms) / 1000) return undefined;
    if (!this.#acquaintance.isKnownToAll(lostAt)) return undefined;
    const { known } = this.#acquaintance;
    const own = new OwnLedger({ terms, known, lostAt, monotonic: () => clock.monotonic() });
    this.#own = own;
    for (const [policy, leftMs] of this.#pausesLeft()) own.pause(pauseOf("", policy, leftMs));
    void this.#lookFor(own);
    return own;
  }

  /** Looks for the store until it has taken everything. */
  async #lookFor(own: OwnLedger): Promise<void> {
    const { store, clock } = this.#parts;
    const { signal } = this.#closed;
    while (this.#own === own && !signal.aborted) {
      if (!this.#isBack && (await orLost(store.outlook(), undefined))) {
        this.#isBack = true;
        // Whoever turns is to turn now.
        this.#tell({ kind: "granted" });
      }
      await clock.sleep(LOOK_MS, signal).catch(() => {});
    }
  }

  /** A store that was lost, or another in its place, may not know what pauses. */
  async #tellPauses(process: string): Promise<void> {
    for (const [policy, leftMs] of this.#pausesLeft()) {
      await this.#parts.store.pause(pauseOf(process, policy, leftMs));
    }
  }

  #note(policy: Scope, forMs: number): void {
    this.#pausedUntil.set(policy, this.#parts.clock.monotonic() + forMs);
  }

  #pausesLeft(): (readonly [policy: Scope, leftMs: number])[] {
    const now = this.#parts.clock.monotonic();
    return [...this.#pausedUntil].flatMap(([policy, until]) =>
      until > now ? [[policy, until - now] as const] : [],
    );
  }

  #tell(hint: LedgerHint): void {
    for (const listener of this.#listeners) listener(hint);
  }
}

function pauseOf(process: string, policy: Scope, forMs: number): PauseReport {
  return { process, ticket: "", forMs, ...(policy === undefined ? {} : { policy }) };
}
