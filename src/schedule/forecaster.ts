import { Arrivals } from "./arrivals.ts";
import { ArrivalsAt } from "./arrivals-at.ts";
import { forecast, type LineForecast } from "./forecast.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, LedgerOutlook, LedgerTerms } from "../ports/ledger.ts";

/** What a forecaster of one upstream is built with. */
export interface ForecasterParts {
  readonly ledger: Pick<Ledger, "outlook">;
  readonly clock: Clock;
  /** As they are now. */
  readonly terms: () => LedgerTerms;
  /** No request waits longer. */
  readonly maxWaitMs: () => number;
}

/** A forecast, and over how long a time the rates were measured that it is made from. */
export type MeasuredForecast = LineForecast & { readonly measuredMs: number };

/** Rates over less than this say little; who asks for a forecast the first time waits for so long. */
const MEASURE_MS = 3000;

/**
 * Forecasts who will wait when, from the ledger's outlook over all processes. It looks when it is asked and at no other
 * time, and remembers for five minutes what it saw: who asks again has rates over a longer time.
 */
export class Forecaster {
  readonly #parts: ForecasterParts;
  readonly #arrivals: Arrivals;
  readonly #arrivalsAt = new ArrivalsAt();

  constructor(parts: ForecasterParts) {
    this.#parts = parts;
    this.#arrivals = new Arrivals(parts.terms());
  }

  /** @throws StoreFault, or the signal's reason. */
  async forecast(signal: AbortSignal): Promise<MeasuredForecast> {
    const { clock, terms, maxWaitMs } = this.#parts;
    let outlook = await this.#look();
    if (this.#arrivals.spanMs < MEASURE_MS) {
      await clock.sleep(MEASURE_MS - this.#arrivals.spanMs, signal);
      outlook = await this.#look();
    }
    const servedPerMs = this.#arrivals.servedPerMs();
    const demand = { rates: this.#arrivals.rates(), steady: this.#arrivals.steady() };
    const at = this.#arrivalsAt.demands();
    const speed = servedPerMs === undefined ? {} : { servedPerMs };
    const bounds = { terms: terms(), maxWaitMs: maxWaitMs() };
    const told = forecast({ outlook, ...bounds, ...demand, ...speed, at });
    return { ...told, measuredMs: this.#arrivals.spanMs };
  }

  async #look(): Promise<LedgerOutlook> {
    const outlook = await this.#parts.ledger.outlook();
    this.#arrivals.learn(outlook);
    this.#arrivalsAt.learn(outlook);
    return outlook;
  }
}
