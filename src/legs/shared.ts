import { Flights, type Arrival } from "../collapse/flights.ts";
import { errandOf, spenderOf, type Exchange } from "../exchange.ts";
import { currentAgeMs } from "../http/freshness.ts";
import { find, type Found, type Hit } from "../lookup/find.ts";
import { unaccounted } from "../observe/access-record.ts";
import { answerFromStored, type Answer } from "../respond/answer.ts";
import { fetchShared, type Fetch, type Fetched } from "./fetch.ts";
import { questionOf } from "./question.ts";
import { StaleService, type Served } from "./stale-service.ts";
import { traced } from "../traced.ts";
import type { FetchedTogether, RefreshParts } from "./refreshes.ts";
import type { Air, Landing } from "../collapse/flight.ts";
import type { StoredResponse } from "../http/stored-response.ts";
import type { Cacheability } from "../lookup/cacheability.ts";
import type { CacheStore } from "../ports/cache-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Leases } from "../ports/leases.ts";
import type { Permit } from "../schedule/permit.ts";
import type { Invalidation } from "../store/invalidate.ts";

/*
 * The leg of the path that answers may share: look up, collapse, forward, store. The gateway takes it
 * where the route allows; everything else passes singly.
 *
 *   look up -- hit ---------------------------------------------------> answer
 *      | miss, or stale and not to be served
 *      +-----> collapse --> fetch (fetch.ts) ------------------> answer
 *      | stale and to be served (stale-service.ts): now, or where a fetch fails or takes long
 *      +-----> answer, marked; the fetch goes on, or begins, in the background
 */

type Cacheable = Extract<Cacheability, { kind: "cacheable" }>;

/** What the leg is built with. */
export interface SharedParts {
  readonly store: CacheStore;
  readonly leases: Leases;
  readonly invalidation: Invalidation;
  readonly clock: Clock;
  /** Told what a refresh in the background has cost. */
  readonly onBackground: RefreshParts["onBackground"];
}

/** Answers exchanges whose answers may serve others. */
export class SharedLeg {
  readonly #parts: SharedParts;
  readonly #flights: Flights<Permit, Fetched>;
  readonly #staleService: StaleService;

  constructor(parts: SharedParts) {
    const { clock, leases, onBackground } = parts;
    this.#parts = parts;
    this.#flights = new Flights(() => clock.monotonic(), leases);
    this.#staleService = new StaleService({
      clock,
      onBackground,
      fetch: (fetch, signal) => this.#fetch(fetch, signal),
    });
  }

  /** Ends what goes on in the background. */
  stop(): void {
    this.#staleService.stop();
  }

  /** What is stored, or what a forward for everyone brings. @throws Problem, or the signal's reason. */
  async answer(exchange: Exchange, may: Cacheable): Promise<Answer> {
    const { asked, request } = exchange;
    const { policy } = may;
    const { outbound, search } = questionOf(asked, request.fields, policy);
    const found = await traced(exchange.notes, "lookup", () => this.#look(search));
    if (found.kind === "hit") return answerHit(exchange, found);
    const { collapse } = may;
    const fetch = {
      exchange,
      policy,
      errand: errandOf(exchange, outbound),
      search,
      found,
      collapse,
    };
    const served = await this.#staleService.serve(fetch);
    return served.kind === "stale" ? answerStale(fetch, served) : answerFetched(fetch, served);
  }

  async #look(search: Fetch["search"]): Promise<Found> {
    const { store, invalidation, clock } = this.#parts;
    const heard = await invalidation.settle();
    return find(store, { ...search, now: clock.now() }, heard);
  }

  async #fetch(fetch: Fetch, signal: AbortSignal): Promise<FetchedTogether> {
    const arrival = fetch.collapse ? await this.#together(fetch, signal) : undefined;
    if (arrival && arrival.kind !== "alone") {
      return { fetched: arrival.result, collapsed: arrival.kind === "follower" };
    }
    const permit = await this.#board(fetch, signal);
    const { result } = await this.#fly(fetch, permit, { signal, grounded: () => {} });
    return { fetched: result, collapsed: false };
  }

  async #together(fetch: Fetch, signal: AbortSignal): Promise<Arrival<Fetched>> {
    const { exchange, errand, search, found } = fetch;
    const { line } = exchange;
    // With the generations in it, nobody joins a flight that left before a write was answered; with the
    // wishes, nobody who wants the upstream itself is answered from the store; and with the fields that a
    // Vary may name, nobody is answered with what another asked for.
    const flight = JSON.stringify([
      search.key,
      found.generations?.map(({ hard, soft }) => [hard, soft]),
      search.wishes,
      search.fields,
    ]);
    const arrival = await this.#flights.join(flight, {
      signal,
      board: (boarding) => this.#board(fetch, boarding),
      giveBack: (permit) => permit.giveBack(),
      fly: (permit, air) => this.#fly(fetch, permit, air),
      look: () => this.#lookAgain(fetch),
      late: (done, elsewhere) => line.late(errand, done, elsewhere),
    });
    if (arrival.kind === "follower") {
      exchange.notes.queueMs = this.#parts.clock.monotonic() - exchange.since;
    }
    return arrival;
  }

  /**
   * What another process has brought: also what only a forward may answer (no-cache, no lifetime), if it is newer
   * than what was there when this request came.
   */
  async #lookAgain({ search, found }: Fetch): Promise<Hit | undefined> {
    const again = await this.#look(search);
    if (again.kind === "hit") return again;
    const { stale: stored } = again;
    if (!stored || stored.receivedAt === found.stale?.receivedAt) return undefined;
    const now = this.#parts.clock.now();
    const ageMs = currentAgeMs(stored, now);
    const ttlMs = stored.lifetimeMs - ageMs;
    return { kind: "hit", stored, ageMs, ttlMs, away: false, judgedAt: now };
  }

  #board({ board, exchange, errand }: Fetch, signal: AbortSignal): Promise<Permit> {
    return board ? board(signal) : exchange.line.acquire(errand, signal);
  }

  #fly(fetch: Fetch, permit: Permit, air: Air): Promise<Landing<Fetched>> {
    const { store, onBackground } = this.#parts;
    const { notes, asked } = fetch.exchange;
    const look = (search: Fetch["search"]): Promise<Found> => this.#look(search);
    return fetchShared({ store, look }, fetch, { permit, air }).finally(() => {
      // Where its client has left and been recorded, it went on for the others, or for the store.
      const late = notes.accounted && unaccounted(notes);
      if (late && Object.values(late).some((count) => count !== 0)) {
        onBackground({ ...spenderOf(asked), ...late });
      }
    });
  }
}

function answerHit(exchange: Exchange, hit: Hit): Promise<Answer> | Answer {
  const { notes, request, asked } = exchange;
  exchange.served = hit;
  const { stored, ttlMs, ageMs, away } = hit;
  const detail = away ? "store-away" : ttlMs > 0 ? overridden(stored) : "max-stale";
  notes.cache = { kind: "hit", ttlMs, ...detailed(detail) };
  notes.ageMs = ageMs;
  return answerFromStored(stored, request, { ageMs, coding: asked.upstream.coding });
}

function answerStale(
  { exchange }: Fetch,
  stale: Extract<Served, { kind: "stale" }>,
): Promise<Answer> | Answer {
  const { notes, request, asked } = exchange;
  const { stored, ageMs, ttlMs, why } = stale;
  notes.stale = why;
  notes.ageMs = ageMs;
  notes.cache = stale.asked
    ? { kind: "forward", reason: "stale", stored: false, collapsed: false, detail: why }
    : { kind: "hit", ttlMs, detail: why };
  return answerFromStored(stored, request, { ageMs, coding: asked.upstream.coding });
}

function answerFetched(
  { exchange, found }: Fetch,
  { fetched, collapsed }: Extract<Served, { kind: "fetched" }>,
): Answer | Promise<Answer> {
  if (fetched.kind === "hit") {
    // Another instance's forward, if this one waited for it; else what came while it stood in line.
    if (!collapsed) return answerHit(exchange, fetched);
    const { stored, ageMs } = fetched;
    exchange.notes.cache = {
      kind: "forward",
      reason: found.reason,
      stored: false,
      collapsed,
      ...detailed(overridden(stored)),
    };
    return answerFromStored(stored, exchange.request, {
      ageMs,
      coding: exchange.asked.upstream.coding,
    });
  }
  const { notes, request, asked } = exchange;
  const common = { kind: "forward", reason: found.reason, collapsed } as const;
  if (fetched.kind === "answer") {
    notes.cache = { ...common, stored: false, detail: fetched.why };
    return fetched.answer;
  }
  const { stored, kept, revalidated } = fetched;
  const forwardStatus = revalidated ? { forwardStatus: 304 } : {};
  notes.cache = { ...common, stored: kept, ...forwardStatus, ...detailed(overridden(stored)) };
  return answerFromStored(stored, request, { ageMs: undefined, coding: asked.upstream.coding });
}

function overridden(stored: StoredResponse): string | undefined {
  return stored.overridden ? "override" : undefined;
}

function detailed(detail: string | undefined): { readonly detail?: string } {
  return detail === undefined ? {} : { detail };
}
