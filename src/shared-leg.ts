import { Flights, type Landing } from "./collapse/flights.ts";
import { errandOf, type Exchange } from "./exchange.ts";
import { sharedOutbound } from "./forward/outbound.ts";
import { brokenOffProblem } from "./forward/upstream-problem.ts";
import { validatingFields } from "./http/conditional.ts";
import { readWishes } from "./http/reuse.ts";
import { cacheKey, dependencies } from "./lookup/cache-key.ts";
import { find, type Found, type Search } from "./lookup/find.ts";
import { answerFromStored, type Answer } from "./respond/answer.ts";
import { collect } from "./store/collect.ts";
import { freshen, isError, judgeHead, keep, record, type NotKept } from "./store/keep.ts";
import type { StoredResponse } from "./http/stored-response.ts";
import type { Errand } from "./line.ts";
import type { Cacheability } from "./lookup/cacheability.ts";
import type { CacheStore } from "./ports/cache-store.ts";
import type { Clock } from "./ports/clock.ts";
import type { CachePolicy } from "./ports/settings.ts";
import type { Permit } from "./schedule/permit.ts";
import type { Invalidation } from "./store/invalidate.ts";

/*
 * The leg of the path that answers may share: look up, collapse, forward, store. The gateway takes it
 * where the route allows; everything else passes singly.
 */

type Cacheable = Extract<Cacheability, { kind: "cacheable" }>;

/** What the leg is built with. */
export interface SharedParts {
  readonly store: CacheStore;
  readonly invalidation: Invalidation;
  readonly clock: Clock;
}

/** What a flight brings: something stored that serves everyone, or an answer for one. */
type Fetched =
  /** Stored by another instance while this one stood in line. */
  | Extract<Found, { kind: "hit" }>
  | {
      readonly kind: "stored";
      readonly stored: StoredResponse;
      readonly kept: boolean;
      readonly revalidated: boolean;
    }
  | { readonly kind: "answer"; readonly answer: Answer; readonly why: NotKept };

/** A miss on its way to the upstream. */
interface Fetch {
  readonly exchange: Exchange;
  readonly policy: CachePolicy | undefined;
  readonly errand: Errand;
  readonly search: Omit<Search, "now">;
  readonly found: Extract<Found, { kind: "forward" }>;
}

/** Answers exchanges whose answers may serve others. */
export class SharedLeg {
  readonly #parts: SharedParts;
  readonly #flights: Flights<Permit, Fetched>;

  constructor(parts: SharedParts) {
    this.#parts = parts;
    this.#flights = new Flights(() => parts.clock.monotonic());
  }

  /** What is stored, or what a forward for everyone brings. @throws Problem, or the signal's reason. */
  async answer(exchange: Exchange, { policy, collapse }: Cacheable): Promise<Answer> {
    const { asked, request } = exchange;
    const { name } = asked.upstream;
    const outbound = sharedOutbound(asked, policy?.mediaTypes ?? []);
    const key = cacheKey({ ...outbound, upstream: name });
    const names = dependencies(name, asked.path, asked.route?.groups ?? []);
    const wishes = readWishes(request.fields, asked.caller.mayForce);
    const search = { key, names, fields: outbound.fields, wishes };
    const found = await this.#look(search);
    if (found.kind === "hit") return answerHit(exchange, found);
    const validating = found.stale ? validatingFields(found.stale) : [];
    const asking = { ...outbound, fields: [...outbound.fields, ...validating] };
    const fetch = { exchange, policy, errand: errandOf(exchange, asking), search, found };
    return collapse ? this.#together(fetch) : this.#singly(fetch);
  }

  async #look(search: Omit<Search, "now">): Promise<Found> {
    const { store, invalidation, clock } = this.#parts;
    // A store that has not heard of some write yet is not asked.
    const heard = await invalidation.settle();
    return find(heard ? store : undefined, { ...search, now: clock.now() });
  }

  async #together(fetch: Fetch): Promise<Answer> {
    const { exchange, errand, search, found } = fetch;
    // With the generations in it, nobody joins a flight that left before a write was answered; with the
    // wishes, nobody who wants the upstream itself is answered from the store.
    const flight = JSON.stringify([search.key, found.generations, search.wishes]);
    const arrival = await this.#flights.join(flight, {
      signal: exchange.request.signal,
      board: (signal) => exchange.line.acquire(errand, signal),
      giveBack: (permit) => permit.end("failed"),
      fly: (permit, signal) => this.#fetch(fetch, permit, signal),
    });
    if (arrival.kind === "alone") return this.#singly(fetch);
    if (arrival.kind === "follower") {
      exchange.notes.queueMs = this.#parts.clock.monotonic() - exchange.since;
    }
    return answerFetched(fetch, arrival.result, arrival.kind === "follower");
  }

  async #singly(fetch: Fetch): Promise<Answer> {
    const { exchange, errand } = fetch;
    const { signal } = exchange.request;
    const permit = await exchange.line.acquire(errand, signal);
    const { result } = await this.#fetch(fetch, permit, signal);
    return answerFetched(fetch, result, false);
  }

  /**
   * Looks once more, since much may have happened while it stood in line; then forwards, judges what comes,
   * and stores it where it may be stored: under the generations of just before it left.
   */
  async #fetch(fetch: Fetch, permit: Permit, signal: AbortSignal): Promise<Landing<Fetched>> {
    const { exchange, errand, policy, search, found } = fetch;
    const { store } = this.#parts;
    const again = await this.#look(search).catch((error: unknown) => {
      permit.end("failed");
      throw error;
    });
    if (again.kind === "hit") {
      permit.end("failed");
      return { shared: true, result: again };
    }
    const reply = await exchange.line.send(errand, permit, signal);
    const head = {
      ...reply,
      requestFields: errand.outbound.fields,
      generations: again.generations,
    };
    if (reply.status === 304 && found.stale) {
      reply.body.resume();
      const { stored, verdict } = freshen(found.stale, head, policy);
      const kept = verdict.keep && (await keep(store, search.key, { head, stored, policy }));
      return { shared: verdict.keep, result: { kind: "stored", stored, kept, revalidated: true } };
    }
    const verdict = judgeHead(head, policy);
    if (!verdict.keep) return alone(reply, verdict.why);
    const { name, maxStoredBytes } = exchange.asked.upstream;
    const collected = await collect(reply.body, maxStoredBytes).catch((error: unknown) => {
      throw brokenOffProblem(error, name);
    });
    if (!collected.whole) return alone({ ...reply, body: collected.body }, "too-large");
    const { bytes } = collected;
    if (isError(bytes, policy)) return alone({ ...reply, body: bytes }, "error-envelope");
    const stored = record(head, bytes, verdict);
    const kept = await keep(store, search.key, { head, stored, policy });
    return { shared: true, result: { kind: "stored", stored, kept, revalidated: false } };
  }
}

function alone(answer: Answer, why: NotKept): Landing<Fetched> {
  return { shared: false, result: { kind: "answer", answer, why } };
}

function answerHit({ notes, request }: Exchange, hit: Extract<Found, { kind: "hit" }>): Answer {
  const { stored, ttlMs, ageMs } = hit;
  notes.cache = { kind: "hit", ttlMs, overridden: stored.overridden };
  return answerFromStored(stored, request.fields, ageMs);
}

function answerFetched({ exchange, found }: Fetch, fetched: Fetched, collapsed: boolean): Answer {
  if (fetched.kind === "hit") return answerHit(exchange, fetched);
  const { notes, request } = exchange;
  const common = { kind: "forward", reason: found.reason, collapsed } as const;
  if (fetched.kind === "answer") {
    notes.cache = { ...common, stored: false, detail: fetched.why };
    return fetched.answer;
  }
  const { stored, kept, revalidated } = fetched;
  const detail = stored.overridden ? { detail: "override" } : {};
  const forwardStatus = revalidated ? { forwardStatus: 304 } : {};
  notes.cache = { ...common, stored: kept, ...forwardStatus, ...detail };
  return answerFromStored(stored, request.fields, undefined);
}
