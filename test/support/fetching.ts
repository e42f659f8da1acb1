import { FakeClock } from "./fake-clock.ts";
import { cachePolicy } from "./settings.ts";
import { storedResponse } from "./stored-response.ts";
import { Workbench, type ExchangeChanges } from "./workbench.ts";
import { readWishes } from "../../src/http/reuse.ts";
import type { Background, FetchedTogether, RefreshParts } from "../../src/legs/refreshes.ts";
import type { Fetch } from "../../src/legs/fetch.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";

/** One fetch that the test lets end. */
export interface Fetching extends PromiseWithResolvers<FetchedTogether> {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/** How a miss differs. */
export interface FetchChanges extends ExchangeChanges {
  readonly stored?: Partial<StoredResponse>;
  readonly key?: string;
  readonly softTimeoutMs?: number;
}

/** A line whose fetches are the test's to end, and what they cost in the background. */
export class FetchBench implements RefreshParts {
  readonly bench = new Workbench();
  readonly clock: FakeClock = this.bench.clock;
  readonly fetching: Fetching[] = [];
  readonly costs: Background[] = [];
  /** When what is stored came. */
  readonly #storedAt = this.clock.now();

  readonly fetch = (fetch: Fetch, signal: AbortSignal): Promise<FetchedTogether> => {
    const one = { fetch, signal, ...Promise.withResolvers<FetchedTogether>() };
    this.fetching.push(one);
    signal.addEventListener("abort", () => one.reject(signal.reason));
    return one.promise;
  };

  readonly onBackground = (cost: Background): void => {
    this.costs.push(cost);
  };

  /** The one fetch that was begun as number `index`. */
  at(index: number): Fetching {
    const one = this.fetching[index];
    if (!one) throw new Error(`Only ${this.fetching.length} fetches were begun.`);
    return one;
  }

  /** A miss with something at hand that lives for a minute from the start of the test. */
  miss(changes: FetchChanges = {}): Fetch {
    const exchange = this.bench.exchange(changes);
    const { asked, body, since, notes, effect } = exchange;
    const outbound = { method: "GET", target: "/x", fields: [] };
    const { key = "k", fields = [], softTimeoutMs = 2000 } = changes;
    const stale = storedResponse({
      requestedAt: this.#storedAt,
      receivedAt: this.#storedAt,
      lifetimeMs: 60_000,
      ...changes.stored,
    });
    return {
      exchange,
      policy: cachePolicy({ softTimeoutMs }),
      errand: { asked, outbound, body, since, deadline: since + asked.waitMs, notes, effect },
      search: { key, names: [], fields: [], wishes: readWishes(fields, true), liberal: false },
      found: { kind: "forward", reason: "stale", generations: [], stale },
      collapse: true,
    };
  }
}

/** What a fetch brings where the upstream answers and nothing is kept. */
export function answered(status: number, body: FetchedAnswer["body"] = null): FetchedTogether {
  const answer = { status, reason: "", fields: [], body };
  return { fetched: { kind: "answer", answer, why: "status" }, collapsed: false };
}

type FetchedAnswer = Extract<FetchedTogether["fetched"], { kind: "answer" }>["answer"];

/** What a fetch brings where its answer is kept. */
export function renewed(): FetchedTogether {
  const stored = storedResponse();
  return {
    fetched: { kind: "stored", stored, kept: true, revalidated: false },
    collapsed: false,
  };
}
