import { randomUUID } from "node:crypto";
import { StoreFault } from "../ports/faults.ts";
import type { Holdings } from "./holdings.ts";
import { CALLED_OFF, type Clock } from "../ports/clock.ts";
import type { Apart } from "../ports/apart.ts";
import type { Ledger, LedgerTerms, PauseReport, TurnReply } from "../ports/ledger.ts";

/** Pause before the ledger is tried again after a failure. */
const RETRY_MS = 100;
/** What nobody here waits for is told to the ledger after so long, in milliseconds, together with what else happens. */
const SOON_MS = 20;
/** A ledger that has not heard of us for this long may have dropped us: everything is handed in. */
const REMEMBERED_MS = 1000;

/** What a turn loop is built with. */
export interface TurnLoopParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly holdings: Holdings;
  /** Gets each reply with the monotonic instant just before the ledger was asked. */
  readonly onReply: (reply: TurnReply, askedAt: number) => void;
  /** Told once of each change. */
  readonly onStore: (change: StoreChange) => void;
  /** As they are at each moment: with `apart` it turns even if nothing concerns the ledger. */
  readonly terms: Pick<LedgerTerms, "apart">;
}

/** How the store of a ledger fares: it was lost, this process goes by its own part meanwhile, it is back. */
export type StoreChange =
  | { readonly kind: "lost"; readonly error: unknown }
  | ({ readonly kind: "apart" } & Apart)
  | { readonly kind: "back" };

type Pause = Omit<PauseReport, "process">;

interface UnsentPause {
  readonly pause: Pause;
  readonly at: number;
}

/**
 * The conversation with the ledger: one turn in flight at a time, for as long as anything here concerns
 * the ledger. After any doubt about what the ledger knows, everything is handed in.
 */
export class TurnLoop {
  /** This process's name in the ledger; never used twice. */
  readonly process: string = randomUUID();
  readonly #parts: TurnLoopParts;
  readonly #closing = new AbortController();
  #kick = new AbortController();
  #running = false;
  #isSoon = false;
  #sequence = 0;
  #tickets = 0;
  #doubt = true;
  #lost = false;
  #apart: Apart | undefined;
  #turnedAt = Number.NEGATIVE_INFINITY;
  /** By the policy that they are of; `undefined`: of the whole upstream. */
  readonly #unsentPauses = new Map<string | undefined, UnsentPause>();

  constructor(parts: TurnLoopParts) {
    this.#parts = parts;
  }

  /** A name for a ticket: names sort as they were given, so that equal arrivals keep their order. */
  nextTicket(): string {
    this.#tickets += 1;
    return `${this.process}-${String(this.#tickets).padStart(12, "0")}`;
  }

  /** True while the ledger is out of reach. */
  get storeLost(): boolean {
    return this.#lost;
  }

  /** By whose part turns are decided while the ledger is out of reach; `undefined`: by nobody's, nothing is granted. */
  get apart(): Apart | undefined {
    return this.#apart;
  }

  /** Both of these, for the status. */
  get loss(): { readonly storeLost: boolean; readonly apart?: number } {
    return { storeLost: this.#lost, ...(this.#apart ? { apart: this.#apart.processes } : {}) };
  }

  /** Something has happened: turn as soon as the turn in flight is over. */
  poke(): void {
    this.#kick.abort(CALLED_OFF);
    if (this.#running || this.#closing.signal.aborted) return;
    this.#running = true;
    void this.#run().finally(() => {
      this.#running = false;
    });
  }

  /** Something has happened that nobody waits for: turn within a short while, or with what comes before that. */
  pokeSoon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    void this.#pokeAfter(SOON_MS);
  }

  /** One turn now. @throws StoreFault */
  async greet(): Promise<void> {
    await this.#turn();
    if (this.#isRestless) this.poke();
  }

  /** Tells the ledger of a 429; where it is out of reach, before the next turn. */
  async pause(pause: Pause): Promise<void> {
    const at = this.#parts.clock.monotonic();
    const unsent = this.#unsentPauses.get(pause.policy);
    const untilMs = unsent?.pause.forMs === undefined ? 0 : unsent.at + unsent.pause.forMs;
    const longer = untilMs > at + (pause.forMs ?? 0);
    if (!longer) this.#unsentPauses.set(pause.policy, { pause, at });
    await this.#sendPauses().catch((error: unknown) => this.#onFault(error));
  }

  /** Ends the conversation and withdraws from the ledger. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#kick.abort();
    await this.#parts.ledger.leave(this.process).catch((error: unknown) => this.#onFault(error));
  }

  async #run(): Promise<void> {
    // Lets whatever else happens in this tick join the same turn.
    await Promise.resolve();
    while ((this.#parts.holdings.matters || this.#isRestless) && !this.#closing.signal.aborted) {
      this.#kick = new AbortController();
      const wakeInMs = await this.#turnOrBackOff();
      if (wakeInMs > 0) await this.#sleep(wakeInMs, this.#kick.signal);
    }
  }

  async #turnOrBackOff(): Promise<number> {
    try {
      await this.#sendPauses();
      return await this.#turn();
    } catch (error) {
      this.#onFault(error);
      await this.#sleep(RETRY_MS, this.#closing.signal);
      return 0;
    }
  }

  async #turn(): Promise<number> {
    const { clock, holdings, ledger } = this.#parts;
    const askedAt = clock.monotonic();
    const whole = this.#doubt || askedAt - this.#turnedAt > REMEMBERED_MS;
    holdings.forget(askedAt);
    const news = holdings.takeReport(askedAt, whole);
    this.#sequence += 1;
    try {
      const reply = await ledger.turn({
        process: this.process,
        sequence: this.#sequence,
        ...news,
      });
      this.#turnedAt = askedAt;
      this.#doubt = reply.askEverything;
      if (this.#doubt) holdings.keep(news);
      this.#onHeard(reply);
      this.#parts.onReply(reply, askedAt);
      return reply.askEverything ? 0 : reply.wakeInMs;
    } catch (error) {
      holdings.keep(news);
      this.#doubt = true;
      throw error;
    }
  }

  async #sendPauses(): Promise<void> {
    await Promise.all([...this.#unsentPauses.values()].map((unsent) => this.#sendPause(unsent)));
  }

  async #sendPause(unsent: UnsentPause): Promise<void> {
    const { pause, at } = unsent;
    const { forMs, policy } = pause;
    const leftMs = forMs === undefined ? undefined : forMs - (this.#parts.clock.monotonic() - at);
    if (leftMs === undefined || leftMs > 0) {
      const length = leftMs === undefined ? {} : { forMs: leftMs };
      await this.#parts.ledger.pause({ ...pause, process: this.process, ...length });
    }
    if (this.#unsentPauses.get(policy) === unsent) this.#unsentPauses.delete(policy);
  }

  get #isRestless(): boolean {
    return this.#parts.terms.apart ?? false;
  }

  #onHeard({ apart }: TurnReply): void {
    const { onStore } = this.#parts;
    if (apart && !this.#apart) onStore({ kind: "apart", ...apart });
    if (!apart && this.#lost) onStore({ kind: "back" });
    this.#apart = apart;
    this.#lost = apart !== undefined;
  }

  #onFault(error: unknown): void {
    if (!(error instanceof StoreFault)) throw error;
    if (!this.#lost) this.#parts.onStore({ kind: "lost", error });
    this.#lost = true;
    this.#apart = undefined;
    this.#doubt = true;
  }

  async #pokeAfter(ms: number): Promise<void> {
    await this.#sleep(ms, this.#closing.signal);
    this.#isSoon = false;
    if (this.#parts.holdings.hasNews) this.poke();
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.#parts.clock.sleep(ms, signal).catch(() => {});
  }
}
