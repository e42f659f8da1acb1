import { Admission, type AdmissionParts } from "./admission.ts";
import { Askers, waitingOf, type Asker, type PermitRequest } from "./askers.ts";
import type { Foreseen, Prospect } from "./foresee.ts";
import { Holdings } from "./holdings.ts";
import { KnownPauses, type ScopedPause } from "./known-pauses.ts";
import { Permits } from "./permits.ts";
import {
  deadlineProblem,
  drainingProblem,
  hopelessProblem,
  refusalProblem,
  storeLostProblem,
  type Outlook,
  type Situation,
} from "./refusals.ts";
import { paused, type Share, type Sharer } from "./share.ts";
import { hasSpare } from "./spare.ts";
import { TurnLoop, type StoreChange, type TurnLoopParts } from "./turn-loop.ts";
import { longestSpan } from "./windows.ts";
import type { Permit } from "./permit.ts";
import type { Clock } from "../ports/clock.ts";
import type { Refusal } from "../ports/apart.ts";
import type { LedgerTerms, PolicyPause, TurnReply } from "../ports/ledger.ts";

/* One process's side of the queue: it keeps the promises that tickets resolve. Nothing is decided here. */

/** What a scheduler is built with. */
export interface SchedulerParts extends AdmissionParts {
  /** Told once of each change of how the ledger's store fares. */
  readonly onStore: (change: StoreChange) => void;
}

/** Gives permits to the forwards of one upstream. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #terms: LedgerTerms;
  readonly #admission: Admission;
  readonly #holdings: Holdings;
  readonly #loop: TurnLoop;
  readonly #askers: Askers;
  readonly #permits: Permits;
  #closed = false;
  readonly #pauses = new KnownPauses();
  #outlook: Outlook = { standings: [], waiting: 0, pausedForMs: 0 };

  constructor(parts: SchedulerParts) {
    const { ledger, clock, terms } = parts;
    this.#admission = new Admission(parts);
    [this.#clock, this.#terms] = [clock, terms];
    // While a unit may count, its process remembers it.
    this.#holdings = new Holdings(() => longestSpan(terms) / 1000);
    const onReply: TurnLoopParts["onReply"] = (...heard) => this.#apply(...heard);
    this.#loop = new TurnLoop({ ...parts, holdings: this.#holdings, onReply });
    this.#askers = new Askers({ clock, onEnd: (...ending) => this.#end(...ending) });
    const [holdings, pauses] = [this.#holdings, this.#pauses];
    this.#permits = new Permits({
      clock,
      terms,
      holdings,
      pauses,
      tell: (when) => this.#tell(when),
    });
    ledger.onHint((hint) => {
      if (hint.kind === "paused") this.#pauses.hear(clock.monotonic(), hint.policy);
      this.#loop.poke();
    });
  }

  /** What the ledger said last. */
  get outlook(): Outlook {
    return this.#outlook;
  }

  /** For how long, as far as this process knows, a pause of the whole upstream holds yet; 0: none does. */
  get pausedMs(): number {
    return this.#pauses.leftMs(this.#clock.monotonic());
  }

  /** Inner quotas that alone pause, as far as this process knows, and for how long yet. */
  get policyPauses(): readonly Pick<PolicyPause, "policy" | "pausedForMs">[] {
    return this.#pauses.policies(this.#clock.monotonic());
  }

  /** True where requests that somebody waits for can do without a unit. Just after a permit was granted it is exact. */
  get hasSpare(): boolean {
    return hasSpare(this.#terms, this.#outlook.standings);
  }

  /** A consumer's share, as far as it is known: the ledger is not asked. */
  share(sharer: Sharer): Share | undefined {
    const share = this.#admission.share(sharer);
    return share && paused(share, this.pausedMs);
  }

  /** Learns anew, in the background, what shares stand at; five times a second at most. */
  learnShares(): void {
    void this.#admission.lookForShares(this.#holdings.unreported());
  }

  /** In this process; and whether the ledger is out of reach, and among how many the quotas are then divided. */
  get load(): { waiting: number; underWay: number; storeLost: boolean; apart?: number } {
    const { waiting, underWay } = this.#holdings;
    return { waiting, underWay, ...this.#loop.loss };
  }

  /**
   * Waits for a permit; where it cannot come before the deadline, refuses at once.
   * @throws Problem (queue-full, deadline-passed, store-unavailable, draining), or the signal's reason.
   */
  async acquire(request: PermitRequest): Promise<Permit> {
    request.signal.throwIfAborted();
    if (this.#closed) throw drainingProblem();
    const leftMs = Math.max(0, request.deadline - this.#clock.monotonic());
    // Who asks for the first time without a wait may yet be served at once.
    if (request.returning && leftMs === 0) throw this.lateProblem(request.since, request);
    // One that comes back keeps a place that no forecast knows.
    const verdict = request.returning ? "in-time" : this.#admission.judge(request);
    if (typeof verdict === "object") throw hopelessProblem(verdict, leftMs);
    const judged = verdict === "in-time" && leftMs > 0;
    const { promise, resolve, reject } = Promise.withResolvers<Permit>();
    this.#join({ judged, request, askedAt: this.#clock.monotonic(), resolve, reject });
    return promise;
  }

  /** A ticket of the asker's stands in line until it is granted, or its deadline or its client's leaving ends it. */
  #join(asker: Asker): void {
    const { request } = asker;
    const ticket = this.#loop.nextTicket();
    this.#askers.add(ticket, asker);
    this.#holdings.add(waitingOf(ticket, request));
    this.#admission.note(request, "joins");
    this.#loop.poke();
  }

  /** What would await a request that asked now; `undefined` where the ledger is out of reach. Spends nothing. */
  async foresee(prospect: Prospect): Promise<Foreseen | undefined> {
    await this.#admission.look(this.#holdings.unreported());
    return this.#admission.foresee(prospect);
  }

  /**
   * Makes a 429 known to all processes; from the call on, no permit that was stamped before departs from
   * this one; with a policy, none under it.
   */
  async throttled(permit: Permit, pause: ScopedPause = {}): Promise<void> {
    this.#pauses.hear(this.#clock.monotonic(), pause.policy);
    await this.#loop.pause({ ticket: permit.ticket, ...pause });
    permit.end("throttled");
  }

  /** One turn now, so that a fresh ledger's recovery has begun before the first request. @throws StoreFault */
  async greet(): Promise<void> {
    await this.#loop.greet();
  }

  /** Waits until nothing waits or is under way here, or the signal aborts; then withdraws from the ledger. */
  async close(signal: AbortSignal): Promise<void> {
    while (this.#holdings.waiting + this.#holdings.underWay > 0 && !signal.aborted) {
      await this.#clock.sleep(20, signal).catch(() => {});
    }
    this.#closed = true;
    for (const ticket of this.#askers.tickets) this.#fail(ticket, drainingProblem());
    this.#askers.close();
    await this.#loop.close();
  }

  #apply(reply: TurnReply, askedAt: number): void {
    const { standings, waiting, pausedForMs } = reply;
    this.#outlook = { standings, waiting, pausedForMs };
    if (!reply.askEverything) this.#holdings.learnPeers(reply.peers);
    for (const { ticket, why } of reply.refused) void this.#refuse(ticket, why);
    for (const ticket of reply.granted) this.#grant(ticket, askedAt);
    this.#pauses.learn(reply, this.#clock.monotonic());
    if (!reply.askEverything) void this.#judge(askedAt);
  }

  /** Refuses whom a turn has left waiting who cannot leave in time; while anybody waits, a forecast is at hand. */
  async #judge(turnedAt: number): Promise<void> {
    const unjudged = this.#askers.unjudged(turnedAt);
    if (this.#holdings.waiting === 0) return;
    await this.#admission.look(this.#holdings.unreported());
    for (const [ticket, applicant] of this.#askers.applicants(unjudged)) {
      const leftMs = applicant.deadline - this.#clock.monotonic();
      const verdict = this.#admission.judge(applicant);
      if (typeof verdict === "object") this.#fail(ticket, hopelessProblem(verdict, leftMs));
      else if (leftMs <= 0) this.#fail(ticket, this.lateProblem(applicant.since, applicant));
    }
  }

  /** The ledger has not let a ticket in. */
  async #refuse(ticket: string, why: Refusal): Promise<void> {
    this.#holdings.refuse(ticket);
    if (why === "queue-full") await this.#admission.look(this.#holdings.unreported());
    this.#fail(ticket, refusalProblem(why, this.#situation(this.#askers.get(ticket)?.request)));
  }

  #grant(ticket: string, askedAt: number): void {
    const asker = this.#askers.get(ticket);
    if (!this.#holdings.grant(ticket, this.#clock.monotonic()) || !asker) return this.#loop.poke();
    return this.#permits.grant({
      ticket,
      askedAt,
      asker,
      hand: (permit) => this.#askers.take(ticket)?.resolve(permit),
      again: () => {
        this.#askers.take(ticket);
        this.#join({ ...asker, request: { ...asker.request, returning: true } });
      },
    });
  }

  /** What has ended makes room for who waits; where nobody does, it can wait as well. */
  #tell(when: "now" | "soon"): void {
    if (when === "now" || this.#holdings.waiting + this.#outlook.waiting > 0) this.#loop.poke();
    else this.#loop.pokeSoon();
  }

  #end(ticket: string, why: "left" | "late"): void {
    const request = this.#askers.get(ticket)?.request;
    if (!request) return;
    const late = why === "late" && this.lateProblem(request.since, request);
    this.#fail(ticket, late || request.signal.reason);
  }

  /** Takes a ticket out of the line and tells its asker why. */
  #fail(ticket: string, reason: unknown): void {
    const asker = this.#askers.take(ticket);
    if (!asker) return;
    this.#admission.note(asker.request, "leaves");
    if (!this.#permits.withdraw(ticket)) this.#holdings.drop(ticket);
    asker.reject(reason);
    this.#loop.poke();
  }

  /** What a request that began to wait at `since` is told at its deadline. */
  lateProblem(since: number, prospect: Prospect): Error {
    const situation = this.#situation(prospect);
    if (this.#loop.storeLost && !this.#loop.apart)
      return storeLostProblem(situation.outlook.pausedForMs);
    return deadlineProblem(this.#clock.monotonic() - since, situation);
  }

  #situation(prospect: Prospect | undefined): Situation {
    const foresight = prospect && this.#admission.foresee(prospect);
    const pausedForMs = this.#pauses.leftMs(this.#clock.monotonic(), prospect?.policies);
    const outlook = { ...this.#outlook, pausedForMs };
    return { outlook, terms: this.#terms, foresight, apart: this.#loop.apart };
  }
}
