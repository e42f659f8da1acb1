import { Problem } from "../http/problem.ts";
import { ShadowCounts, type Pair, type PairView } from "./shadow-counts.ts";
import { Scheduler } from "./scheduler.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, LedgerTerms } from "../ports/ledger.ts";
import type { PermitRequest } from "./askers.ts";
import type { ScopedPause } from "./known-pauses.ts";
import type { Permit } from "./permit.ts";
import type { StoreChange } from "./turn-loop.ts";

/*
 * Other weights and limits, tried beside the real ones. Every request for a turn asks a ledger of its own name as well,
 * on the terms that are tried, and nothing is sent for what that one grants. The real request neither waits for it nor
 * hears of it.
 *
 * What the shadow lets go spends its units there as the real request does here: one that was sent, or refused by us, is
 * spent; one whose answer came otherwise, or whose client left, is given back. So a permit of the shadow is held
 * until the real request's end is known, and how many are under way at once does not count.
 */

/** What a shadow is built with. */
export interface ShadowParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly terms: LedgerTerms;
  /** The weights that are tried, by consumer; the others keep theirs. */
  readonly weights: ReadonlyMap<string, number>;
}

/** What a shadow has counted so far in this process. */
export interface ShadowReport {
  /** Epoch milliseconds. */
  readonly since: number;
  readonly quotas: LedgerTerms["quotas"];
  /** Requests that are in no count, since the store was away. */
  readonly missed: number;
  readonly consumers: readonly PairView[];
}

type RealEnd = "open" | "spent" | "unspent";

/** One request for a turn, as the shadow follows it. */
interface Mirror {
  readonly request: PermitRequest;
  readonly pair: Pair;
  readonly leave: AbortController;
  /** Monotonic instant at which it asked. */
  readonly askedAt: number;
  end: RealEnd;
  /** The shadow's, while the real end is not known, and how long it was waited for. */
  held?: { readonly permit: Permit; readonly waitedMs: number };
}

/** Follows the requests for turns of one upstream under other terms. */
export class Shadow {
  readonly #parts: ShadowParts;
  readonly #scheduler: Scheduler;
  readonly #counts = new ShadowCounts();
  readonly #since: number;
  /** By the real permits. */
  readonly #mirrors = new WeakMap<Permit, Mirror>();
  /** Those whose real permits came too late to be used: they ask again at once, and have waited on. */
  #late: Mirror[] = [];
  #away = false;
  #missed = 0;

  constructor(parts: ShadowParts) {
    const { ledger, clock, terms } = parts;
    this.#parts = parts;
    this.#since = clock.now();
    const onStore = ({ kind }: StoreChange): void => {
      this.#away = kind !== "back";
    };
    this.#scheduler = new Scheduler({ ledger, clock, terms, onStore });
  }

  report(): ShadowReport {
    const { quotas } = this.#parts.terms;
    const [missed, consumers] = [this.#missed, this.#counts.view()];
    return { since: this.#since, quotas, missed, consumers };
  }

  /** Follows a request whose real turn has been asked for; resolves, and rejects, as that does. */
  async follow(request: PermitRequest, real: Promise<Permit>): Promise<Permit> {
    // While its store is away one stands in line, so that the shadow hears when it is back; the others pass it by.
    if (this.#away && this.#scheduler.load.waiting > 0) {
      this.#missed += 1;
      return real;
    }
    const mirror = this.#takeLate(request) ?? this.#begin(request);
    try {
      return this.#watched(await real, mirror);
    } catch (error) {
      const gone = request.signal.aborted;
      if (gone) mirror.pair.left += 1;
      else mirror.pair.real.refused += 1;
      this.#onRealEnd(mirror, gone ? "unspent" : "spent");
      throw error;
    }
  }

  /** The upstream has answered a real permit's request with a 429: it is supposed that it would have done so here. */
  pause(permit: Permit, pause: ScopedPause): void {
    const ticket = this.#mirrors.get(permit)?.held?.permit.ticket ?? "";
    this.#scheduler.throttled({ ...NOBODYS, ticket }, pause).catch(() => {});
  }

  /** Ends at once; what waits here nobody waits for. */
  async close(): Promise<void> {
    await this.#scheduler.close(AbortSignal.abort());
  }

  #begin(request: PermitRequest): Mirror {
    const { consumer, weight } = request;
    const tried = this.#parts.weights.get(consumer) ?? weight;
    const pair = this.#counts.of(consumer, { real: weight, shadow: tried });
    const leave = new AbortController();
    const askedAt = this.#parts.clock.monotonic();
    const mirror: Mirror = { request, pair, leave, askedAt, end: "open" };
    pair.asked += 1;
    void this.#stand(mirror, tried);
    return mirror;
  }

  #takeLate({ returning, consumer, since }: PermitRequest): Mirror | undefined {
    const late = this.#late.find(
      ({ request }) => returning && request.consumer === consumer && request.since === since,
    );
    this.#late = this.#late.filter((one) => one !== late);
    return late;
  }

  /** Stands in the shadow's line until it is let go, refused or called back. */
  async #stand(mirror: Mirror, weight: number): Promise<void> {
    const { request, pair, leave } = mirror;
    try {
      const asked = { ...request, weight, signal: leave.signal };
      let permit = await this.#scheduler.acquire(asked);
      while (!permit.mayDepart()) {
        permit.giveBack();
        permit = await this.#scheduler.acquire({ ...asked, returning: true });
      }
      permit.answered();
      const waitedMs = this.#parts.clock.monotonic() - mirror.askedAt;
      mirror.held = { permit, waitedMs };
      if (mirror.end !== "open") settle(mirror);
    } catch (error) {
      if (leave.signal.aborted) return;
      if (error instanceof Problem && error.status !== 503) pair.shadow.refused += 1;
      else this.#missed += 1;
    }
  }

  #onRealEnd(mirror: Mirror, end: RealEnd): void {
    if (mirror.end !== "open") return;
    mirror.end = end;
    if (mirror.held) settle(mirror);
    else if (end === "unspent") mirror.leave.abort();
  }

  /** The real permit, whose end tells the shadow what it cost. */
  #watched(permit: Permit, mirror: Mirror): Permit {
    const { clock } = this.#parts;
    const late = (): void => void this.#late.push(mirror);
    let departedAt: number | undefined;
    let charged = true;
    const ended = (): void => {
      if (mirror.end !== "open") return undefined;
      if (departedAt === undefined || !charged) return this.#onRealEnd(mirror, "unspent");
      count(mirror, "real", departedAt - mirror.askedAt);
      return this.#onRealEnd(mirror, "spent");
    };
    const watched: Permit = {
      ticket: permit.ticket,
      waitedMs: permit.waitedMs,
      policies: permit.policies,
      mayDepart() {
        const may = permit.mayDepart();
        if (may) departedAt = clock.monotonic();
        return may;
      },
      answered: () => permit.answered(),
      refund() {
        charged = false;
        permit.refund();
      },
      end(outcome) {
        permit.end(outcome);
        if (departedAt === undefined && mirror.end === "open") late();
        else ended();
      },
      giveBack() {
        permit.giveBack();
        ended();
      },
    };
    this.#mirrors.set(watched, mirror);
    return watched;
  }
}

/** Ends what the shadow holds as the real request ended. */
function settle(mirror: Mirror): void {
  const { held, end } = mirror;
  if (end === "unspent") held?.permit.refund();
  else if (held) count(mirror, "shadow", held.waitedMs);
  held?.permit.end("answered");
}

/** Something has left on the one terms or on the others. */
function count({ pair, request }: Mirror, terms: "real" | "shadow", waitedMs: number): void {
  pair[terms].granted += 1;
  pair[terms].units += request.cost;
  pair[terms].waits.add(waitedMs);
}

/** What a 429 is told with: the shadow's own permit ends as the real one does. */
const NOBODYS: Permit = {
  ticket: "",
  waitedMs: 0,
  policies: [],
  mayDepart: () => false,
  answered() {},
  refund() {},
  end() {},
  giveBack() {},
};
