import { currentAgeMs } from "../http/freshness.ts";
import { Problem } from "../http/problem.ts";
import {
  isReplaceable,
  mayServeStale,
  type StaleOccasion,
  type StaleReason,
} from "../http/stale.ts";
import { Refreshes, type FetchedTogether, type RefreshParts } from "./refreshes.ts";
import type { StoredResponse } from "../http/stored-response.ts";
import type { Fetch, Fetched } from "./fetch.ts";

/*
 * What is stale may still serve (RFC 5861, RFC 9111 section 4.2.4): at once while it is refreshed in the background;
 * at once while the upstream has asked for a pause; and where a forward fails, is refused or takes longer than the
 * route's soft time-out. A forward that was not waited for goes on as the refresh of its key.
 */

/** What an exchange is answered with. */
export type Served =
  | {
      readonly kind: "fetched";
      readonly fetched: Exclude<Fetched, { kind: "failed" }>;
      readonly collapsed: boolean;
    }
  | {
      readonly kind: "stale";
      readonly stored: StoredResponse;
      readonly ageMs: number;
      readonly ttlMs: number;
      readonly why: StaleReason;
      /** True: the upstream was asked, and what came of it was worse. */
      readonly asked: boolean;
    };

/** How often a request that waits looks whether the upstream has been paused, in milliseconds. */
const PAUSE_LOOK_MS = 100;

/** Answers from what is stale, where that is allowed and better than what else there is. */
export class StaleService {
  readonly #parts: RefreshParts;
  readonly #refreshes: Refreshes;

  constructor(parts: RefreshParts) {
    this.#parts = parts;
    this.#refreshes = new Refreshes(parts);
  }

  /** Refreshes under way. */
  get refreshes(): number {
    return this.#refreshes.count;
  }

  /** Ends what goes on in the background. */
  stop(): void {
    this.#refreshes.stop();
  }

  /** @throws Problem, or the reason of the client's signal. */
  async serve(fetch: Fetch): Promise<Served> {
    const { exchange, found, search } = fetch;
    const { stale } = found;
    const { wishes } = search;
    const now = this.#parts.clock.now();
    const may = (occasion: StaleOccasion): boolean =>
      stale !== undefined && mayServeStale(stale, wishes, { now, occasion });
    if (stale && may("revalidating")) {
      this.#refreshes.begin(fetch);
      return this.#stale(stale, "stale-while-revalidate");
    }
    if (wishes.onlyIfCached) throw onlyIfCachedProblem();
    if (!stale || !may("error")) {
      return this.#served(await this.#parts.fetch(fetch, exchange.request.signal));
    }
    if (exchange.line.scheduler.pausedMs > 0) return this.#stale(stale, "paused");
    return this.#fetchOrStale(fetch, stale);
  }

  async #fetchOrStale(fetch: Fetch, stale: StoredResponse): Promise<Served> {
    const { key } = fetch.search;
    const { softTimeoutMs } = fetch.policy;
    const { signal } = fetch.exchange.request;
    signal.throwIfAborted();
    // Somebody has waited that long for the same already.
    const runningMs = this.#refreshes.runningMs(key) ?? Number.NEGATIVE_INFINITY;
    if (runningMs >= softTimeoutMs) return this.#stale(stale, "slow");
    const forwarding = new AbortController();
    const waited = new AbortController();
    const leave = (): void => forwarding.abort(signal.reason);
    signal.addEventListener("abort", leave, { once: true, signal: waited.signal });
    const fetching = this.#parts.fetch(fetch, forwarding.signal);
    const patience = this.#patience(fetch, waited.signal).catch(() => new Promise<never>(() => {}));
    try {
      const came = await Promise.race([fetching, patience]);
      if (typeof came === "string") {
        this.#refreshes.adopt(fetch, fetching, forwarding);
        return this.#stale(stale, came, true);
      }
      return this.#served(came);
    } catch (error) {
      if (!(error instanceof Problem) || !isReplaceable(error.type)) throw error;
      return this.#stale(stale, error.type, true);
    } finally {
      waited.abort();
    }
  }

  #served({ fetched, collapsed }: FetchedTogether): Served {
    return fetched.kind === "failed"
      ? this.#stale(fetched.stored, fetched.why, true)
      : { kind: "fetched", fetched, collapsed };
  }

  /** Resolves when a forward has been waited for long enough, or the upstream has asked for a pause. */
  async #patience({ policy, exchange }: Fetch, signal: AbortSignal): Promise<"slow" | "paused"> {
    const { clock } = this.#parts;
    const until = clock.monotonic() + policy.softTimeoutMs;
    for (;;) {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0) return "slow";
      await clock.sleep(Math.min(PAUSE_LOOK_MS, leftMs), signal);
      if (exchange.line.scheduler.pausedMs > 0) return "paused";
    }
  }

  #stale(stored: StoredResponse, why: StaleReason, asked = false): Served {
    const ageMs = currentAgeMs(stored, this.#parts.clock.now());
    return { kind: "stale", stored, ageMs, ttlMs: stored.lifetimeMs - ageMs, why, asked };
  }
}

function onlyIfCachedProblem(): Problem {
  const detail = "The request says only-if-cached, and nothing stored may answer it.";
  return new Problem("only-if-cached", { detail });
}
