import { Flights, type Landing } from "./collapse/flights.ts";
import { errandOf, type Exchange } from "./exchange.ts";
import { sharedOutbound } from "./forward/outbound.ts";
import { brokenOffProblem } from "./forward/upstream-problem.ts";
import { validatingFields } from "./http/conditional.ts";
import { readWishes } from "./http/reuse.ts";
import { cacheKey, dependencies } from "./lookup/cache-key.ts";
import { find, type Found } from "./lookup/find.ts";
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

/** What a forward for the cache brings: something stored that serves everyone, or an answer for one. */
type Fetched =
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
  readonly key: string;
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
    const { asked, request, notes } = exchange;
    const { store, invalidation, clock } = this.#parts;
    const { name } = asked.upstream;
    const outbound = sharedOutbound(asked, policy?.mediaTypes ?? []);
    const key = cacheKey({ ...outbound, upstream: name });
    const names = dependencies(name, asked.path, asked.route?.groups ?? []);
    const wishes = readWishes(request.fields, asked.caller.mayForce);
    // A store that has not heard of some write yet is not asked.
    const heard = await invalidation.settle();
    const { fields } = outbound;
    const search = { key, names, fields, wishes, now: clock.now() };
    const found = await find(heard ? store : undefined, search);
    if (found.kind === "hit") {
      const { stored, ttlMs, ageMs } = found;
      notes.cache = { kind: "hit", ttlMs, overridden: stored.overridden };
      return answerFromStored(stored, request.fields, ageMs);
    }
    const validating = found.stale ? validatingFields(found.stale) : [];
    const asking = { ...outbound, fields: [...fields, ...validating] };
    const fetch = { exchange, policy, errand: errandOf(exchange, asking), key, found };
    return collapse ? this.#together(fetch) : this.#singly(fetch);
  }

  async #together(fetch: Fetch): Promise<Answer> {
    const { exchange, errand, key, found } = fetch;
    // With the generations in it, nobody joins a flight that left before a write was answered.
    const flight = `${key} ${JSON.stringify(found.generations)}`;
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

  /** Forwards, judges what comes, and stores it where it may be stored. */
  async #fetch(fetch: Fetch, permit: Permit, signal: AbortSignal): Promise<Landing<Fetched>> {
    const { exchange, errand, policy, key, found } = fetch;
    const { store } = this.#parts;
    const reply = await exchange.line.send(errand, permit, signal);
    const head = {
      ...reply,
      requestFields: errand.outbound.fields,
      generations: found.generations,
    };
    if (reply.status === 304 && found.stale) {
      const { stored, verdict } = freshen(found.stale, head, policy);
      const kept = verdict.keep && (await keep(store, key, { head, stored, policy }));
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
    const kept = await keep(store, key, { head, stored, policy });
    return { shared: true, result: { kind: "stored", stored, kept, revalidated: false } };
  }
}

function alone(answer: Answer, why: NotKept): Landing<Fetched> {
  return { shared: false, result: { kind: "answer", answer, why } };
}

function answerFetched({ exchange, found }: Fetch, fetched: Fetched, collapsed: boolean): Answer {
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
