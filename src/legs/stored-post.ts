import { isAuthenticated, type Exchange } from "../exchange.ts";
import { brokenOffProblem } from "../forward/upstream-problem.ts";
import { sharedOutbound } from "../forward/outbound.ts";
import { cacheGroups } from "../http/cache-groups.ts";
import { fieldLines, withoutFields } from "../http/fields.ts";
import { originLifetimeMs } from "../http/freshness.ts";
import { matchRoute } from "../identify/route-match.ts";
import { cacheability } from "../lookup/cacheability.ts";
import { cacheKey, dependencies } from "../lookup/cache-key.ts";
import { concealed } from "../lookup/conceal.ts";
import { orLost } from "../ports/faults.ts";
import { collect } from "../store/collect.ts";
import { dependable, isError, judgeHead, keep, record } from "../store/keep.ts";
import type { Forwarded } from "../forward/forward.ts";
import type { Asked } from "../identify/identify.ts";
import type { CacheStore } from "../ports/cache-store.ts";
import type { Dependency } from "../http/stored-response.ts";
import type { CachePolicy } from "../ports/settings.ts";
import type { Answer } from "../respond/answer.ts";

/*
 * "Responses to POST requests are only cacheable when they include explicit freshness information and a
 * Content-Location header field that has the same value as the POST's target URI. A cached POST response can be reused
 * to satisfy a later GET or HEAD request" (RFC 9110 section 9.3.3).
 *
 * What a write touches gets new generations when it has been answered, so that its answer can be kept only under those
 * read after that. A second write to the same URL that came and went between this POST and its answer is then missed:
 * the older state is kept as if it were the newer, until its lifetime ends. That is why only `liberal` does this, and
 * the shipped default never.
 */

/** What the answer to a POST is handed over with. */
export interface PostParts {
  readonly store: CacheStore;
  readonly exchange: Exchange;
}

/**
 * Keeps the answer to a POST as that to GET where it may, and gives it on: whole, where it had to be read. To be called
 * once what the POST has changed is invalidated.
 * @throws Problem where the upstream breaks off.
 */
export async function storedPost(parts: PostParts, reply: Forwarded): Promise<Answer> {
  const { store, exchange } = parts;
  const { asked, notes } = exchange;
  const getting = asGet(asked);
  const may = cacheability(getting);
  if (asked.method !== "POST" || may.kind !== "cacheable") return reply;
  const { policy } = may;
  const { keyFields, target, fields } = sharedOutbound(getting, policy.mediaTypes);
  if (!standsForGet(reply, new URL(target, asked.upstream.url))) return reply;
  const generations = await generationsOf(store, getting);
  const authenticated = isAuthenticated(exchange);
  const head = { ...reply, requestFields: concealed(fields), authenticated, generations };
  const verdict = judgeHead(head, policy);
  if (!generations || !verdict.keep) return reply;
  const { answer, bytes } = await read(reply, policy, asked);
  if (!bytes || isError(bytes, policy)) return answer;
  const key = cacheKey({ upstream: asked.upstream, target, fields: keyFields });
  const stored = await keep(store, key, record({ head, policy }, bytes, verdict));
  notes.cache = { kind: "forward", reason: "method", stored, collapsed: false };
  return answer;
}

/** The GET of the same client for the same URL: without what speaks of the POST's own body. */
function asGet(asked: Asked): Asked {
  const { upstream, path, query } = asked;
  const fields = withoutFields(
    asked.fields,
    (name) => name.startsWith("content-") || name === "digest",
  );
  const method = "GET";
  return { ...asked, method, route: matchRoute(upstream.routes, { method, path, query }), fields };
}

/**
 * True for a 200 with a lifetime of its own that says it is what a GET would have got: another status tells what the
 * POST has done. Groups that the origin names in it would have to be read before it was asked (RFC 9875).
 */
function standsForGet({ status, fields, receivedAt }: Forwarded, target: URL): boolean {
  const [location, ...more] = fieldLines(fields, "content-location");
  if (location === undefined || more.length > 0) return false;
  const same = URL.parse(location, target)?.href === target.href;
  const explicit = (originLifetimeMs(fields, receivedAt) ?? 0) > 0;
  return status === 200 && same && explicit && cacheGroups(fields).length === 0;
}

/** Read now, after the invalidation; `undefined` where another write is under way, or the store is out of reach. */
async function generationsOf(
  store: CacheStore,
  { upstream, path, route }: Asked,
): Promise<readonly Dependency[] | undefined> {
  const groups = route?.groups ?? [];
  const names = dependencies({ upstream: upstream.name, path, groups });
  return dependable(await orLost(store.generations(names), undefined));
}

/** The answer with its body as it can still be given on, and its bytes where they are few enough to be kept. */
async function read(
  reply: Forwarded,
  { maxStoredBytes }: CachePolicy,
  { upstream }: Asked,
): Promise<{ readonly answer: Answer; readonly bytes?: Uint8Array }> {
  const collected = await collect(reply.body, maxStoredBytes).catch((error: unknown) => {
    throw brokenOffProblem(error, upstream.name);
  });
  return collected.whole
    ? { answer: { ...reply, body: collected.bytes }, bytes: collected.bytes }
    : { answer: { ...reply, body: collected.body } };
}
