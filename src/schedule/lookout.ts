import { Arrivals } from "./arrivals.ts";
import { ArrivalsAt } from "./arrivals-at.ts";
import { foreseeUnder } from "./foresee-under.ts";
import { type Foreseen, type Knowledge, type Prospect } from "./foresee.ts";
import { aged, shareOf, type Share, type Sharer } from "./share.ts";
import type { LedgerOutlook, LedgerTerms } from "../ports/ledger.ts";

/** An outlook serves for so long before another is asked for. */
const FRESH_MS = 200;
/** An outlook older than this says nothing any more. */
const USEFUL_MS = 2000;

/**
 * One process's view ahead: the ledger's last outlook, the rates that successive ones show, and what this process
 * has asked for since. Instants are this process's monotonic milliseconds.
 */
export class Lookout {
  readonly #terms: LedgerTerms;
  readonly #arrivals: Arrivals;
  readonly #arrivalsAt = new ArrivalsAt();
  readonly #weights: () => number;
  #seen:
    | (Pick<Knowledge, "outlook" | "rates" | "ratesAt" | "servedPerMs"> & { readonly at: number })
    | undefined;
  /** Units by consumer that the outlook in hand, and the one that is being asked for, cannot hold. */
  #since = new Map<string, number>();
  #sinceAsked = new Map<string, number>();
  /** Shares that have been worked out from what is known, as of the outlook. */
  readonly #shares = new Map<string, Share | undefined>();

  /** `weights`: those of all who may ever ask, together; 0 where that is not known. */
  constructor(terms: LedgerTerms, weights: () => number = () => 0) {
    this.#terms = terms;
    this.#weights = weights;
    this.#arrivals = new Arrivals(terms);
  }

  /** True while the last outlook is recent enough to judge by. */
  isFresh(now: number): boolean {
    return this.#seen !== undefined && now - this.#seen.at <= FRESH_MS;
  }

  /** An outlook is about to be asked for; `unreported`: units by consumer of which the ledger knows nothing yet. */
  ask(unreported: ReadonlyMap<string, number>): void {
    this.#sinceAsked = new Map(unreported);
  }

  /** Takes the outlook that was asked for at an instant. */
  learn(outlook: LedgerOutlook, askedAt: number): void {
    this.#arrivals.learn(outlook);
    const servedPerMs = this.#arrivals.servedPerMs();
    const speed = servedPerMs === undefined ? {} : { servedPerMs };
    this.#arrivalsAt.learn(outlook);
    const [rates, ratesAt] = [this.#arrivals.rates(), this.#arrivalsAt.rates()];
    this.#seen = { outlook, at: askedAt, rates, ratesAt, ...speed };
    this.#since = new Map(this.#sinceAsked);
    this.#shares.clear();
  }

  /** Units that join through this process; less than none where they leave. */
  note(consumer: string, units: number): void {
    for (const since of new Set([this.#since, this.#sinceAsked])) {
      since.set(consumer, (since.get(consumer) ?? 0) + units);
    }
    this.#shares.clear();
  }

  /** What awaits a request; `undefined` where nothing recent is known. */
  foresee(prospect: Prospect, now: number): Foreseen | undefined {
    const knowledge = this.#known(now);
    return knowledge && foreseeUnder(knowledge, prospect);
  }

  /** A consumer's share; `undefined` where nothing recent is known. Worked out once, until something happens. */
  share(sharer: Sharer, now: number): Share | undefined {
    const knowledge = this.#known(now);
    if (knowledge === undefined) return undefined;
    const name = `${sharer.weight} ${sharer.consumer}`;
    const known = this.#shares.get(name) ?? shareOf({ ...knowledge, ageMs: 0 }, sharer);
    this.#shares.set(name, known);
    return known && aged(known, knowledge.ageMs);
  }

  #known(now: number): Knowledge | undefined {
    if (this.#seen === undefined || now - this.#seen.at > USEFUL_MS) return undefined;
    const { at, ...seen } = this.#seen;
    // A process that goes by its own part looks ahead by that.
    const own = {
      terms: seen.outlook.terms ?? this.#terms,
      since: this.#since,
      weights: this.#weights(),
    };
    return { ...seen, ...own, ageMs: now - at };
  }
}
