import { dependable, freshen, isError, judgeHead, keep, record } from "../store/keep.ts";
import { collect } from "../store/collect.ts";
import { isAuthenticated, type Exchange } from "../exchange.ts";
import { brokenOffProblem } from "../forward/upstream-problem.ts";
import { cacheGroups } from "../http/cache-groups.ts";
import { validatingFields } from "../http/conditional.ts";
import { freshenedFields, freshens } from "../http/freshen.ts";
import { mayServeStale } from "../http/stale.ts";
import { countsAsError } from "../http/status.ts";
import { originGroupName, originGroupsName } from "../lookup/cache-key.ts";
import type { Air, Landing } from "../collapse/flight.ts";
import type { Forwarded } from "../forward/forward.ts";
import type { Dependency, StoredResponse } from "../http/stored-response.ts";
import type { Errand } from "../line.ts";
import type { Found, Hit, Miss, Search } from "../lookup/find.ts";
import type { CacheStore, Generation } from "../ports/cache-store.ts";
import { orLost } from "../ports/faults.ts";
import { leaveUnread } from "../respond/unread.ts";
import type { CachePolicy } from "../ports/settings.ts";
import type { Answer } from "../respond/answer.ts";
import type { Permit } from "../schedule/permit.ts";
import type { Head, NotKept } from "../store/keep.ts";

/*
 * From a turn to what it brings: look once more, forward, judge, store. One request does this for all who wait for
 * the same.
 */

/** What a forward for many brings: something stored that serves everyone, or an answer for one. */
export type Fetched =
  /** Stored by somebody else while this one stood in line. */
  | Hit
  | {
      readonly kind: "stored";
      readonly stored: StoredResponse;
      readonly kept: boolean;
      readonly revalidated: boolean;
    }
  | { readonly kind: "answer"; readonly answer: Answer; readonly why: NotKept }
  /** The upstream failed, and what is stale serves everybody who waited for it instead. */
  | {
      readonly kind: "failed";
      readonly why: "upstream-error" | "throttled";
      readonly stored: StoredResponse;
    };

/** A miss on its way to the upstream. */
export interface Fetch {
  readonly exchange: Exchange;
  readonly policy: CachePolicy;
  /** Without the fields that validate what is stored. */
  readonly errand: Errand;
  readonly search: Omit<Search, "now">;
  readonly found: Miss;
  /** One forward for identical requests. */
  readonly collapse: boolean;
  /** Waits for a turn in a way of its own; absent: as the errand says. */
  readonly board?: (signal: AbortSignal) => Promise<Permit>;
}

/** What fetching is done with. */
export interface FetchParts {
  readonly store: CacheStore;
  /** One more look, just before the request leaves. @throws Problem (only-if-cached). */
  readonly look: (search: Fetch["search"]) => Promise<Found>;
}

/** Fetches with a permit, which it spends or gives back. @throws Problem, or the signal's reason. */
export async function fetchShared(
  { store, look }: FetchParts,
  fetch: Fetch,
  { permit, air }: { readonly permit: Permit; readonly air: Air },
): Promise<Landing<Fetched>> {
  const again = await look(fetch.search).catch((error: unknown) => {
    permit.giveBack();
    throw error;
  });
  if (again.kind === "hit") {
    permit.giveBack();
    return { shared: true, stored: !again.away, result: again };
  }
  // Not what was found before: since then it may have been invalidated, and a date is too coarse to tell (P7).
  const { stale } = again;
  const reply = await ask(fetch, stale, { permit, air });
  const failed = stale && failure(fetch, reply, stale);
  if (failed) {
    leaveUnread(reply.body);
    // Told to all who wait, since each of them would else ask an upstream that fails.
    return { shared: true, stored: false, result: failed };
  }
  const answered = { fetch, reply, generations: again.generations };
  return reply.status === 304 && stale
    ? landFreshened(store, answered, stale)
    : land(store, answered);
}

/**
 * Asks the origin, whether what is stored still holds if something is. A 304 that speaks of something else than that
 * is of no use (RFC 9111 section 4.3.4), so that the thing itself is asked for, with a turn of its own.
 */
async function ask(
  fetch: Fetch,
  stale: StoredResponse | undefined,
  { permit, air }: { readonly permit: Permit; readonly air: Air },
): Promise<Forwarded> {
  const { exchange, errand } = fetch;
  const { line } = exchange;
  const onReturn = air.grounded;
  const validating = stale ? validatingFields(stale) : [];
  const reply = await line.send(
    { ...errand, outbound: withFields(errand, validating), onReturn },
    permit,
    air.signal,
  );
  if (reply.status !== 304 || !stale || freshens(stale, reply.fields, validating)) return reply;
  reply.body.resume();
  const another = await line.acquire(errand, air.signal, true);
  return line.send({ ...errand, onReturn }, another, air.signal);
}

/** What has come is worse than what is stale, if that may serve (RFC 5861 section 4). */
function failure(
  { search }: Fetch,
  { status, receivedAt }: Forwarded,
  stored: StoredResponse,
): Extract<Fetched, { kind: "failed" }> | undefined {
  if (status !== 429 && !countsAsError(status)) return undefined;
  const terms = { now: receivedAt, occasion: "error" } as const;
  if (!mayServeStale(stored, search.wishes, terms)) return undefined;
  return { kind: "failed", why: status === 429 ? "throttled" : "upstream-error", stored };
}

/** A forward that has its answer. */
interface Answered {
  readonly fetch: Fetch;
  readonly reply: Forwarded;
  /** As read just before it left. */
  readonly generations: readonly Generation[] | undefined;
}

/** What is stored holds for another time. */
async function landFreshened(
  store: CacheStore,
  answered: Answered,
  stale: StoredResponse,
): Promise<Landing<Fetched>> {
  const { reply, fetch } = answered;
  reply.body.resume();
  const groups = cacheGroups(freshenedFields(stale.fields, reply.fields));
  const head = await headOf(store, answered, groups);
  const { stored, verdict } = freshen(stale, head, fetch.policy);
  const kept = verdict.keep && (await keepUnder(store, fetch, { head, stored }));
  const result = { kind: "stored", stored, kept, revalidated: true } as const;
  return { shared: verdict.keep, stored: kept, result };
}

/** Judges an answer by its head, then by its body, and stores it where both allow it. */
async function land(store: CacheStore, answered: Answered): Promise<Landing<Fetched>> {
  const { reply, fetch } = answered;
  const { exchange, policy, found } = fetch;
  const head = await headOf(store, answered, cacheGroups(reply.fields));
  const verdict = judgeHead(head, policy);
  if (!verdict.keep) return alone(reply, verdict.why);
  // An error never replaces a good response that may be served stale instead of it.
  if (head.status >= 500 && found.stale) return alone(reply, "status");
  const collected = await collect(reply.body, policy.maxStoredBytes).catch((error: unknown) => {
    throw brokenOffProblem(error, exchange.asked.upstream.name);
  });
  if (!collected.whole) return alone({ ...reply, body: collected.body }, "too-large");
  const { bytes } = collected;
  if (isError(bytes, policy)) return alone({ ...reply, body: bytes }, "error-envelope");
  const stored = record({ head, policy }, bytes, verdict);
  const kept = await keepUnder(store, fetch, { head, stored });
  const result = { kind: "stored", stored, kept, revalidated: false } as const;
  return { shared: true, stored: kept, result };
}

async function keepUnder(
  store: CacheStore,
  { search }: Fetch,
  { head, stored }: { readonly head: Head; readonly stored: StoredResponse },
): Promise<boolean> {
  const kept = head.generations !== undefined && (await keep(store, search.key, stored));
  // Not waited for: what a process has brought itself is then in its memory, should the store be lost (P10).
  if (kept) store.read(search.key, search.names).catch(() => {});
  return kept;
}

function withFields({ outbound }: Errand, more: readonly string[]): Errand["outbound"] {
  return { ...outbound, fields: [...outbound.fields, ...more] };
}

async function headOf(
  store: CacheStore,
  { fetch, reply, generations }: Answered,
  groups: readonly string[],
): Promise<Head> {
  const upstream = fetch.exchange.asked.upstream.name;
  const requestFields = fetch.search.fields;
  // The groups of the origin are those of this answer, not those of what was stored before.
  const before = dependable(generations?.filter(({ name }) => fetch.search.names.includes(name)));
  const under = before && (await withOriginGroups(store, before, { upstream, groups }));
  const authenticated = isAuthenticated(fetch.exchange);
  return { ...reply, requestFields, authenticated, generations: under };
}

/**
 * Adds the groups that the answer itself names (RFC 9875). Their generations are read when it has come: they are
 * those of before it left if no group of the origin was invalidated meanwhile.
 */
async function withOriginGroups(
  store: CacheStore,
  before: readonly Dependency[],
  { upstream, groups }: { readonly upstream: string; readonly groups: readonly string[] },
): Promise<readonly Dependency[] | undefined> {
  const all = originGroupsName(upstream);
  const own = before.filter(([name]) => name !== all);
  if (groups.length === 0) return own;
  const names = groups.map((group) => originGroupName(upstream, group));
  const [now, ...rest] = await orLost(store.generations([all, ...names]), []);
  const unchanged = before.some(([name, hard]) => name === all && hard === now?.hard);
  const under = dependable(rest);
  return unchanged && under ? [...own, ...under] : undefined;
}

function alone(answer: Answer, why: NotKept): Landing<Fetched> {
  return { shared: false, stored: false, result: { kind: "answer", answer, why } };
}
