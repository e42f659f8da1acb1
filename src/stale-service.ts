import { Readable } from "node:stream";
import { Problem, type ProblemType } from "./http/problem.ts";
import { currentAgeMs } from "./http/freshness.ts";
import { readWishes } from "./http/reuse.ts";
import { mayServeStale, type StaleOccasion } from "./http/stale.ts";
import { newNotes } from "./observe/access-record.ts";
import type { StoredResponse } from "./http/stored-response.ts";
import type { Notes } from "./observe/access-record.ts";
import type { Clock } from "./ports/clock.ts";
import type { Fetch, Fetched } from "./shared-fetch.ts";

/*
 * What is stale may still serve (RFC 5861, RFC 9111 section 4.2.4): at once while it is refreshed in the background;
 * at once while the upstream has asked for a pause; and where a forward fails, is refused or takes longer than the
 * route's soft time-out. A forward that was not waited for goes on as the refresh of its key.
 */

/** Why a stale answer was given: the word of Cache-Status' detail, of logs and of metrics. */
export type StaleReason =
  | "stale-while-revalidate"
  | "paused"
  | "slow"
  | "upstream-error"
  | "throttled"
  | ProblemType;

/** What an exchange is answered with. */
export type Served =
  | { readonly kind: "fetched"; readonly fetched: Fetched; readonly collapsed: boolean }
  | {
      readonly kind: "stale";
      readonly stored: StoredResponse;
      readonly ageMs: number;
      readonly ttlMs: number;
      readonly why: StaleReason;
      /** True: the upstream was asked, and what came of it was worse. */
      readonly asked: boolean;
    };

/** What the background costs, for the accounts. */
export interface Background {
  readonly upstream: string;
  readonly consumer: string;
  readonly forwards: number;
  readonly throttled: number;
}

/** What stale service is built with. */
export interface StaleParts {
  readonly clock: Clock;
  readonly fetch: (fetch: Fetch, signal: AbortSignal) => Promise<FetchedTogether>;
  readonly onBackground: (cost: Background) => void;
}

/** What a forward for many brought to one of them. */
export interface FetchedTogether {
  readonly fetched: Fetched;
  readonly collapsed: boolean;
}

/** Problems in whose place a stale answer may be given: those of the upstream, of the quota and of the store. */
const REPLACEABLE: ReadonlySet<ProblemType> = new Set([
  "queue-full",
  "deadline-passed",
  "upstream-unreachable",
  "upstream-broke-off",
  "upstream-timeout",
  "upstream-refused-key",
  "store-unavailable",
]);

/** Refreshes at once in this process; beyond it none is begun, and the next request tries again. */
const MOST_REFRESHES = 100;

/** A refresh stands in line no longer than this: whoever asks next begins another. */
const REFRESH_WAIT_MS = 5_000;

/** A refresh is for everybody, whatever the request that caused it wished. */
const NO_WISHES = readWishes([], false);

/** The last in line (RFC 9218). */
const LAST = 7;

/** Answers from what is stale, where that is allowed and better than what else there is. */
export class StaleService {
  readonly #parts: StaleParts;
  /** By cache key: refreshes under way, and since when (monotonic). */
  readonly #refreshes = new Map<string, number>();
  readonly #stopped = new AbortController();

  constructor(parts: StaleParts) {
    this.#parts = parts;
  }

  /** Refreshes under way. */
  get refreshes(): number {
    return this.#refreshes.size;
  }

  /** Ends what goes on in the background. */
  stop(): void {
    this.#stopped.abort();
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
      this.#refresh(fetch);
      return this.#stale(stale, "stale-while-revalidate");
    }
    if (wishes.onlyIfCached) throw onlyIfCachedProblem();
    if (!stale || !may("error")) {
      return { kind: "fetched", ...(await this.#parts.fetch(fetch, exchange.request.signal)) };
    }
    if (exchange.line.scheduler.pausedMs > 0) return this.#stale(stale, "paused");
    return this.#fetchOrStale(fetch, stale);
  }

  async #fetchOrStale(fetch: Fetch, stale: StoredResponse): Promise<Served> {
    const { clock } = this.#parts;
    const { key } = fetch.search;
    const { softTimeoutMs } = fetch.policy;
    // Somebody has waited that long for the same already.
    const runningMs = clock.monotonic() - (this.#refreshes.get(key) ?? Number.POSITIVE_INFINITY);
    if (runningMs >= softTimeoutMs) return this.#stale(stale, "slow");
    const { signal } = fetch.exchange.request;
    const forwarding = new AbortController();
    const waited = new AbortController();
    const leave = (): void => forwarding.abort(signal.reason);
    signal.addEventListener("abort", leave, { once: true, signal: waited.signal });
    const fetching = this.#parts.fetch(fetch, forwarding.signal);
    const slow = clock.sleep(softTimeoutMs, waited.signal).then(
      () => "slow" as const,
      () => new Promise<never>(() => {}),
    );
    try {
      const came = await Promise.race([fetching, slow]);
      if (came === "slow") {
        this.#leave(fetch, fetching, forwarding);
        return this.#stale(stale, "slow", true);
      }
      const worse = worseThanStale(came.fetched);
      if (worse === undefined) return { kind: "fetched", ...came };
      discard(came.fetched);
      return this.#stale(stale, worse, true);
    } catch (error) {
      if (!(error instanceof Problem) || !REPLACEABLE.has(error.type)) throw error;
      return this.#stale(stale, error.type, true);
    } finally {
      waited.abort();
    }
  }

  #stale(stored: StoredResponse, why: StaleReason, asked = false): Served {
    const ageMs = currentAgeMs(stored, this.#parts.clock.now());
    return { kind: "stale", stored, ageMs, ttlMs: stored.lifetimeMs - ageMs, why, asked };
  }

  /** A forward that is no longer waited for goes on, unless its key is being refreshed already. */
  #leave(fetch: Fetch, fetching: Promise<FetchedTogether>, forwarding: AbortController): void {
    if (!this.#mayBegin(fetch.search.key)) {
      forwarding.abort(new DOMException("Another refreshes this.", "AbortError"));
      fetching.then(
        ({ fetched }) => discard(fetched),
        () => {},
      );
      return;
    }
    this.#stopped.signal.addEventListener("abort", () => forwarding.abort());
    this.#goOn(fetch, fetching, fetch.exchange.notes);
  }

  /** Begins a refresh: the last in line, and only while the quota has units that nobody else will want. */
  #refresh(fetch: Fetch): void {
    const { exchange, errand, search } = fetch;
    if (!this.#mayBegin(search.key)) return;
    const notes = newNotes(exchange.notes.requestId, "GET");
    const now = this.#parts.clock.monotonic();
    const late = {
      ...errand,
      asked: { ...errand.asked, urgency: LAST },
      notes,
      since: now,
      deadline: now + REFRESH_WAIT_MS,
    };
    const { line } = exchange;
    const refresh: Fetch = {
      ...fetch,
      exchange: { ...exchange, notes },
      errand: late,
      search: { ...search, wishes: NO_WISHES },
      board: async (signal) => {
        const permit = await line.acquire(late, signal);
        if (line.scheduler.hasSpare) return permit;
        permit.end("failed");
        throw new DOMException("The rest of the quota is for those who wait.", "AbortError");
      },
    };
    this.#goOn(refresh, this.#parts.fetch(refresh, this.#stopped.signal), notes);
  }

  #mayBegin(key: string): boolean {
    return (
      !this.#refreshes.has(key) &&
      this.#refreshes.size < MOST_REFRESHES &&
      !this.#stopped.signal.aborted
    );
  }

  #goOn({ exchange, search }: Fetch, fetching: Promise<FetchedTogether>, notes: Notes): void {
    const { forwards, throttled } = notes;
    this.#refreshes.set(search.key, this.#parts.clock.monotonic());
    const end = (): void => {
      this.#refreshes.delete(search.key);
      this.#parts.onBackground({
        upstream: exchange.asked.upstream.name,
        consumer: exchange.asked.caller.name,
        forwards: notes.forwards - forwards,
        throttled: notes.throttled - throttled,
      });
    };
    fetching.then(
      ({ fetched }) => {
        discard(fetched);
        end();
      },
      // Nobody waits for it; the next request that needs it tries again and is told.
      end,
    );
  }
}

/** What came of a forward, where a stale answer is better: a failure of the upstream (RFC 5861 section 4). */
function worseThanStale(fetched: Fetched): StaleReason | undefined {
  if (fetched.kind !== "answer") return undefined;
  const { status } = fetched.answer;
  if (status === 429) return "throttled";
  return [500, 502, 503, 504].includes(status) ? "upstream-error" : undefined;
}

/** An answer that nobody reads must not hold its connection. */
function discard(fetched: Fetched): void {
  if (fetched.kind === "answer" && fetched.answer.body instanceof Readable) {
    fetched.answer.body.resume();
  }
}

function onlyIfCachedProblem(): Problem {
  const detail = "The request says only-if-cached, and nothing stored may answer it.";
  return new Problem("only-if-cached", { detail });
}
