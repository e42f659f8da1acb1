import { spenderOf, type Spender } from "../exchange.ts";
import { readWishes } from "../http/reuse.ts";
import { leaveUnread } from "../respond/unread.ts";
import { newNotes, unaccounted, type Notes } from "../observe/access-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Fetch, Fetched } from "./fetch.ts";

/*
 * Forwards in the background, at most one a key in a process (and, by the lease of their flight, over all of them):
 * those begun because somebody was answered with something stale, and those that were no longer waited for.
 */

/** What the background costs, for the accounts. */
export interface Background extends Spender {
  readonly forwards: number;
  readonly units: number;
  readonly throttled: number;
}

/** What a forward for many brought to one of them. */
export interface FetchedTogether {
  readonly fetched: Fetched;
  readonly collapsed: boolean;
}

/** What refreshes are made with. */
export interface RefreshParts {
  readonly clock: Clock;
  readonly fetch: (fetch: Fetch, signal: AbortSignal) => Promise<FetchedTogether>;
  readonly onBackground: (cost: Background) => void;
}

/** Refreshes at once in this process; beyond it none is begun, and the next request tries again. */
const MOST_REFRESHES = 100;

/** A refresh stands in line no longer than this: whoever asks next begins another. */
const REFRESH_WAIT_MS = 5_000;

/** A refresh is for everybody, whatever the request that caused it wished. */
const NO_WISHES = readWishes([], false);

/** The last in line (RFC 9218). */
const LAST = 7;

/** The refreshes of one process. */
export class Refreshes {
  readonly #parts: RefreshParts;
  /** By cache key: since when (monotonic). */
  readonly #running = new Map<string, number>();
  readonly #stopped = new AbortController();

  constructor(parts: RefreshParts) {
    this.#parts = parts;
  }

  /** Refreshes under way. */
  get count(): number {
    return this.#running.size;
  }

  /** For how long a key has been refreshed; `undefined`: it is not. */
  runningMs(key: string): number | undefined {
    const since = this.#running.get(key);
    return since === undefined ? undefined : this.#parts.clock.monotonic() - since;
  }

  /** Ends them all; none is begun any more. */
  stop(): void {
    this.#stopped.abort();
  }

  /** Begins a refresh: the last in line, and only while the quota has units that nobody else will want. */
  begin(fetch: Fetch): void {
    const { exchange, errand, search } = fetch;
    if (!this.#mayBegin(search.key)) return;
    const notes = newNotes(exchange.notes.requestId, "GET");
    const trace = exchange.notes.trace?.refresh();
    if (trace) notes.trace = trace;
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
        permit.giveBack();
        throw new DOMException("The rest of the quota is for those who wait.", "AbortError");
      },
    };
    const fetching = this.#parts.fetch(refresh, this.#stopped.signal);
    fetching.then(
      () => trace?.end({}),
      (error: unknown) => trace?.end({ error }),
    );
    this.#goOn(refresh, fetching, notes);
  }

  /** Takes over a forward that is no longer waited for, unless its key is being refreshed already. */
  adopt(fetch: Fetch, fetching: Promise<FetchedTogether>, forwarding: AbortController): void {
    if (this.#mayBegin(fetch.search.key)) {
      const stop = (): void => forwarding.abort();
      this.#stopped.signal.addEventListener("abort", stop);
      fetch.exchange.notes.own = unaccounted(fetch.exchange.notes);
      const forget = (): void => this.#stopped.signal.removeEventListener("abort", stop);
      this.#goOn(fetch, fetching.finally(forget), fetch.exchange.notes);
      return;
    }
    forwarding.abort(new DOMException("Another refreshes this.", "AbortError"));
    fetching.then(discard, () => {});
  }

  #mayBegin(key: string): boolean {
    const { aborted } = this.#stopped.signal;
    return !this.#running.has(key) && this.#running.size < MOST_REFRESHES && !aborted;
  }

  #goOn({ exchange, search }: Fetch, fetching: Promise<FetchedTogether>, notes: Notes): void {
    this.#running.set(search.key, this.#parts.clock.monotonic());
    const end = (): void => {
      this.#running.delete(search.key);
      this.#parts.onBackground({ ...spenderOf(exchange.asked), ...unaccounted(notes) });
    };
    // Nobody waits for it: where it fails, the next request that needs it tries again and is told.
    fetching.then(discard, () => {}).finally(end);
  }
}

/** An answer that nobody reads must not hold its connection. */
function discard({ fetched }: FetchedTogether): void {
  if (fetched.kind === "answer") leaveUnread(fetched.answer.body);
}
