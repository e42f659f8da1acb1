import type { LedgerOutlook, LedgerTerms, QuotaOutlook } from "../ports/ledger.ts";

/*
 * When the n-th of the next units can leave. Three things hold it: the pace, one unit every (window + pad) / limit,
 * which may run late by two; each window, which lets the n-th go when enough has fallen out of it; and a pause,
 * after which one probe goes and then the pace. Beyond one limit's worth of units, a unit waits for one of those
 * before it: d(n) = d(n - limit) + window + pad.
 */

/** A unit to come: how many leave up to and including it, and how many of those keep to the pace. */
export interface Upcoming {
  readonly all: number;
  readonly paced: number;
}

interface Window {
  readonly limit: number;
  readonly spanMs: number;
  readonly free: number;
  readonly frees: QuotaOutlook["frees"];
}

/** The pace may run late by so many units and catch up. */
export const LATE = 2;

/** Milliseconds a unit at full, even use of the tightest quota. */
export function paceMs({ quotas }: Pick<LedgerTerms, "quotas">): number {
  return Math.max(...quotas.map(({ windowMs, padMs, limit }) => (windowMs + padMs) / limit));
}

/** Tells in how many milliseconds, from the outlook on, a unit can leave. */
export class Departures {
  readonly #outlook: LedgerOutlook;
  readonly #paceMs: number;
  readonly #windows: readonly Window[];
  readonly #known = new Map<number, number>();

  constructor(outlook: LedgerOutlook, terms: LedgerTerms) {
    this.#outlook = outlook;
    this.#paceMs = paceMs(terms);
    this.#windows = terms.quotas.map(({ name, limit, windowMs, padMs }) => {
      const { used = 0, frees = [] } = outlook.quotas.find(({ quota }) => quota === name) ?? {};
      return { limit, spanMs: windowMs + padMs, free: limit - used, frees };
    });
  }

  /** Units that could leave at once, as far as the windows go. */
  get free(): number {
    return Math.max(0, Math.min(...this.#windows.map(({ free }) => free)));
  }

  /** Units that the windows give back sooner than the pace takes them. */
  get surplus(): number {
    const ahead = this.#windows.map(({ frees }) =>
      Math.max(0, ...frees.map(({ units, inMs }) => units - Math.max(0, inMs) / this.#paceMs)),
    );
    return Math.min(...ahead);
  }

  /** Milliseconds until a unit leaves. */
  of({ all, paced }: Upcoming): number {
    return Math.max(this.#byPace(paced), this.#byWindows(all));
  }

  #byPace(paced: number): number {
    const { blockedForMs, probing, paceInMs } = this.#outlook;
    // Credit is gone after a pause: everybody keeps to the pace, the probe goes before it.
    if (blockedForMs > 0 || probing) return blockedForMs + Math.max(0, paced - 1) * this.#paceMs;
    if (paced <= 0) return 0;
    return Math.max(0, Math.max(paceInMs, -LATE * this.#paceMs) + (paced - 1) * this.#paceMs);
  }

  #byWindows(all: number): number {
    const known = this.#known.get(all);
    if (known !== undefined) return known;
    const at = Math.max(0, ...this.#windows.map((window) => this.#byWindow(window, all)));
    this.#known.set(all, at);
    return at;
  }

  #byWindow({ limit, spanMs, free, frees }: Window, all: number): number {
    if (all <= free) return 0;
    const beyond = all > limit;
    let at = beyond ? this.#byWindows(all - limit) + spanMs : freedAt(frees, all - free);
    for (const { units, inMs } of frees) {
      const later = all - free - units;
      // Where many fall out at once they do not leave at once: the pace spreads them.
      if (later > LATE) at = Math.max(at, inMs + (later - LATE) * this.#paceMs);
    }
    return at;
  }
}

/** When a window will have given back so many units, on straight lines between its points. */
function freedAt(frees: QuotaOutlook["frees"], units: number): number {
  const index = frees.findIndex((point) => point.units >= units);
  const [before, after] = [frees[index - 1], frees[index] ?? frees.at(-1)];
  if (after === undefined) return 0;
  if (before === undefined || after.units <= before.units) return after.inMs;
  const part = (units - before.units) / (after.units - before.units);
  return before.inMs + part * (after.inMs - before.inMs);
}
