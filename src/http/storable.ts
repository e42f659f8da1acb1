import { directiveMs, parseCacheControl, type Directives } from "./cache-control.ts";
import { fieldLines, fieldValue, type RawFields } from "./fields.ts";
import {
  ageInDoubt,
  directivesOf,
  forbidsStale,
  guessedLifetimeMs,
  originLifetimeMs,
} from "./freshness.ts";
import { isOnePart } from "./range.ts";
import { isUnderstood, mayBeGuessed, neverStored, takesRoutesLifetime } from "./status.ts";
import { varyNames } from "./vary.ts";

/*
 * May a response be stored? RFC 9111 section 3, for a shared cache, in this order:
 *
 *  1. the status is final, and one that a cache may keep at all;
 *  2. neither side forbids it: the request's no-store, Vary: *, a media type that the route does not expect;
 *  3. a route that overrides puts the origin's own words on caching aside, because PHP's session limiter says
 *     no-store to everything: its lifetime counts and nothing else;
 *  4. otherwise the origin forbids it by no-store, private or a cookie, and must permit it where the request was
 *     authenticated;
 *  5. a lifetime is settled: the origin's own, else the route's, else a guess where the route wants guesses;
 *  6. without a lifetime it is stored only to be validated before each use, or to be served stale.
 */

/** What a route, or the upstream for all routes, says about storing; a part of CachePolicy. */
export interface StorePolicy {
  /** Freshness lifetime where the origin gives none, or always with `override`; never of errors. */
  readonly lifetimeMs?: number;
  /** The same for 404 and 410, which `lifetimeMs` never covers. */
  readonly negativeLifetimeMs?: number;
  /** True: the origin's no-store, private, no-cache, Expires, Pragma and Set-Cookie do not count. */
  readonly override: boolean;
  /** True: an operator says that answers to Sluice's own credential may be shared, whatever section 3.5 says. */
  readonly sharesAuthenticated: boolean;
  /** True: a lifetime is guessed from Last-Modified where nothing gives one (section 4.2.2). */
  readonly heuristics: boolean;
  /** `drop`: a response that sets a cookie is not stored; `store`: the cookie is a field like any other. */
  readonly cookies: "drop" | "store";
  /**
   * True: parts, 400 and 414 may be stored, a POST's answer for GETs, and languages are chosen among what is stored;
   * the upstream's `liberal`, for all its GETs.
   */
  readonly liberal: boolean;
  /** Absent: the origin's directives of RFC 5861 decide. */
  readonly staleWhileRevalidateMs?: number;
  readonly staleIfErrorMs?: number;
  /** Media types that may be stored, lower case without parameters; empty: any. */
  readonly mediaTypes: readonly string[];
}

/** What a response is judged by. */
export interface Candidate {
  readonly status: number;
  readonly requestFields: RawFields;
  readonly fields: RawFields;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** True: a credential went with the request, be it only the gateway's own and outside of its fields. */
  readonly authenticated: boolean;
}

/** Why a response is not kept: the words of the log and of Cache-Status' detail. */
export type NotStored =
  | "status"
  | "no-store"
  | "private"
  | "authenticated"
  | "vary"
  | "cookie"
  | "media-type"
  | "no-lifetime";

/** What storing is to mean, or the reason for not storing. */
export type Storing =
  | {
      readonly store: true;
      /** 0: to be validated before each use. */
      readonly lifetimeMs: number;
      /** True: the lifetime is the route's own and counts from receipt. */
      readonly overridden: boolean;
      /** How long it may serve after that, while it is revalidated and when the upstream fails. */
      readonly staleWhileRevalidateMs: number;
      readonly staleIfErrorMs: number;
    }
  | { readonly store: false; readonly why: NotStored };

/** Judges the head of a response to GET. The body is judged apart: see envelope.ts. */
export function storing(candidate: Candidate, policy: StorePolicy): Storing {
  const refused = refusing(candidate, policy);
  if (refused !== undefined) return no(refused);
  const { status, fields } = candidate;
  const ownMs = routesLifetimeMs(status, policy);
  const covered = ownMs !== undefined || takesRoutesLifetime(status) === "good";
  if (policy.override && covered) return overriding(ownMs ?? 0, policy);
  return byOrigin(candidate, { directives: directivesOf(fields), policy });
}

/** What no route's override puts aside. */
function refusing(
  { status, fields, requestFields }: Candidate,
  policy: StorePolicy,
): NotStored | undefined {
  // "if the response status code is 206 or 304, or the must-understand cache directive is present: the cache
  // understands the response status code"
  const blind = directivesOf(fields).has("must-understand") && !isUnderstood(status);
  const parts = status === 206 && !isOnePart(requestFields, fields);
  if (neverStored(status, policy.liberal) || blind || parts) return "status";
  const asked = parseCacheControl(fieldLines(requestFields, "cache-control"));
  if (asked.has("no-store")) return "no-store";
  if (varyNames(fields) === "*") return "vary";
  return expectedMedia(fields, policy) ? undefined : "media-type";
}

function overriding(lifetimeMs: number, policy: StorePolicy): Storing {
  if (lifetimeMs <= 0) return no("no-lifetime");
  const { staleWhileRevalidateMs = 0, staleIfErrorMs = 0 } = policy;
  return { store: true, lifetimeMs, overridden: true, staleWhileRevalidateMs, staleIfErrorMs };
}

/** The origin's directives beside the route's terms. */
interface Terms {
  readonly directives: Directives;
  readonly policy: StorePolicy;
}

function byOrigin(candidate: Candidate, terms: Terms): Storing {
  const forbidden = forbidding(candidate, terms);
  if (forbidden !== undefined) return no(forbidden);
  const windows = staleWindows(terms);
  const lifetimeMs = lifetimeOf(candidate, terms);
  const stored = {
    store: true,
    lifetimeMs: lifetimeMs ?? 0,
    overridden: false,
    ...windows,
  } as const;
  if (lifetimeMs === undefined) return no("no-lifetime");
  return lifetimeMs > 0 || isOfUseStale(candidate, windows) ? stored : no("no-lifetime");
}

function forbidding(
  { fields, requestFields, authenticated }: Candidate,
  { directives, policy }: Terms,
): NotStored | undefined {
  // "the no-store cache directive is not present in the response", unless must-understand stands beside it: a
  // cache that understands the status "SHOULD ignore the no-store directive" (section 5.2.2.3).
  if (directives.has("no-store") && !directives.has("must-understand")) return "no-store";
  // "if the cache is shared: the private response directive is either not present or allows a shared cache to
  // store a modified response": read strictly, whatever fields it names.
  if (directives.has("private")) return "private";
  // Not in the RFC: a cookie is one client's, whatever else the origin says of the response.
  if (policy.cookies === "drop" && fieldLines(fields, "set-cookie").length > 0) return "cookie";
  // "if the cache is shared: the Authorization header field is not present in the request [...] or a response
  // directive is present that explicitly allows shared caching"
  const personal = authenticated || fieldLines(requestFields, "authorization").length > 0;
  const permitted = policy.sharesAuthenticated || permitsShared(directives);
  return personal && !permitted ? "authenticated" : undefined;
}

/** Section 3.5: a response to an authenticated request is shared only where the origin says one of these. */
function permitsShared(directives: Directives): boolean {
  return ["public", "s-maxage", "must-revalidate"].some((name) => directives.has(name));
}

/**
 * The lifetime of a response that may be stored. 0: its origin says that it is stale, or that it must be validated
 * before each use. `undefined`: nothing gives one.
 */
function lifetimeOf(candidate: Candidate, { directives, policy }: Terms): number | undefined {
  const { status, fields, receivedAt } = candidate;
  // "MUST NOT be used to satisfy any other request without forwarding it for validation", and the form that names
  // fields is read as the one that does not (section 5.2.2.4).
  if (directives.has("no-cache")) return 0;
  const lifetimeMs =
    originLifetimeMs(fields, receivedAt) ??
    routesLifetimeMs(status, policy) ??
    guess(candidate, { directives, policy });
  return lifetimeMs !== undefined && ageInDoubt(fields) ? 0 : lifetimeMs;
}

/**
 * "heuristics can only be used on responses without explicit freshness whose status codes are defined as heuristically
 * cacheable [...] and on responses [...] that have been marked as explicitly cacheable (e.g., with a public response
 * directive)" (section 4.2.2).
 */
function guess(
  { status, fields, receivedAt }: Candidate,
  { directives, policy }: Terms,
): number | undefined {
  const permitted = mayBeGuessed(status) || directives.has("public");
  return policy.heuristics && permitted ? guessedLifetimeMs(fields, receivedAt) : undefined;
}

function routesLifetimeMs(status: number, policy: StorePolicy): number | undefined {
  const lifetimes = {
    good: policy.lifetimeMs,
    negative: policy.negativeLifetimeMs,
    never: undefined,
  };
  return lifetimes[takesRoutesLifetime(status)];
}

/** How long a stale response may serve: as the route says, else as the origin does (RFC 5861), unless it forbids it. */
function staleWindows({ directives, policy }: Terms): {
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
} {
  if (forbidsStale(directives)) return { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
  const told = (name: string): number => directiveMs(directives, name) ?? 0;
  return {
    staleWhileRevalidateMs: policy.staleWhileRevalidateMs ?? told("stale-while-revalidate"),
    staleIfErrorMs: policy.staleIfErrorMs ?? told("stale-if-error"),
  };
}

/**
 * What is stale at once is of use where it can be validated, or served stale. Only a 200 is kept for that: "A server
 * MUST ignore all received preconditions if its response to the same request without those conditions [...] would have
 * been a status code other than a 2xx (Successful) or 412" (RFC 9110 section 13.2.1).
 */
function isOfUseStale(
  { status, fields }: Candidate,
  windows: { readonly staleWhileRevalidateMs: number; readonly staleIfErrorMs: number },
): boolean {
  if (status !== 200) return false;
  const validators = ["etag", "last-modified"].flatMap((name) => fieldLines(fields, name));
  return validators.length > 0 || windows.staleWhileRevalidateMs > 0 || windows.staleIfErrorMs > 0;
}

function expectedMedia(fields: RawFields, policy: StorePolicy): boolean {
  if (policy.mediaTypes.length === 0) return true;
  const type = fieldValue(fields, "content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  return policy.mediaTypes.includes(type);
}

function no(why: NotStored): Storing {
  return { store: false, why };
}
