import { parseCacheControl, type Directives } from "./cache-control.ts";
import { fieldLines, fieldValue, type RawFields } from "./fields.ts";
import { originLifetimeMs } from "./freshness.ts";
import { varyNames } from "./vary.ts";

/*
 * May a response be stored? RFC 9111 section 3, for a shared cache whose every request is an
 * authenticated one, since the gateway's own key goes with it. A route that has a cache policy permits
 * storing in spite of section 3.5 and may give a lifetime where the origin gives none; one that
 * overrides puts the origin's own words on caching aside, because PHP's session limiter says no-store
 * to everything.
 */

/** What a route says about storing. `undefined`: the origin's own fields decide. */
export interface StorePolicy {
  readonly lifetimeMs?: number;
  readonly override: boolean;
  readonly mediaTypes: readonly string[];
}

/** What a response is judged by. */
export interface Candidate {
  readonly status: number;
  readonly requestFields: RawFields;
  readonly fields: RawFields;
  readonly receivedAt: number;
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

/** A settled lifetime, or the reason for not storing. */
export type Storing =
  | { readonly store: true; readonly lifetimeMs: number; readonly overridden: boolean }
  | { readonly store: false; readonly why: NotStored };

/** Statuses that are worth keeping when their freshness is explicit. All others are never stored. */
const STORABLE = new Set([200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 501]);
/** Of these, the ones that a route's own lifetime may cover: an error is never made to last. */
const GOOD = new Set([200, 203, 204, 300, 301, 308]);

/** Judges the head of a response to GET. The body is judged apart: see envelope.ts. */
export function storing(candidate: Candidate, policy: StorePolicy | undefined): Storing {
  const { status, fields, requestFields } = candidate;
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  const asked = parseCacheControl(fieldLines(requestFields, "cache-control"));
  if (!STORABLE.has(status)) return no("status");
  if (asked.has("no-store")) return no("no-store");
  if (varyNames(fields) === "*") return no("vary");
  if (!expectedMedia(fields, policy)) return no("media-type");
  if (policy?.override && GOOD.has(status)) return byRoute(policy);
  return byOrigin(candidate, { directives, policy });
}

function byRoute(policy: StorePolicy): Storing {
  const { lifetimeMs = 0 } = policy;
  return lifetimeMs > 0 ? { store: true, lifetimeMs, overridden: true } : no("no-lifetime");
}

function byOrigin(
  { fields, status, receivedAt }: Candidate,
  { directives, policy }: { directives: Directives; policy: StorePolicy | undefined },
): Storing {
  const forbidden = forbidding(fields, directives);
  if (forbidden !== undefined) return no(forbidden);
  if (!policy && !permitsShared(directives)) return no("authenticated");
  const ownMs = GOOD.has(status) ? policy?.lifetimeMs : undefined;
  const lifetimeMs = originLifetimeMs(fields, receivedAt) ?? ownMs ?? 0;
  return lifetimeMs > 0 ? { store: true, lifetimeMs, overridden: false } : no("no-lifetime");
}

function forbidding(fields: RawFields, directives: Directives): NotStored | undefined {
  // "must-understand" lets a cache that knows the status ignore the no-store beside it (section 5.2.2.3).
  if (directives.has("no-store") && !directives.has("must-understand")) return "no-store";
  // Read strictly, whatever fields they name.
  if (directives.has("private")) return "private";
  if (directives.has("no-cache") || pragma(fields, directives)) return "no-store";
  return fieldLines(fields, "set-cookie").length > 0 ? "cookie" : undefined;
}

/** Section 3.5: a response to an authenticated request is shared only where the origin says one of these. */
function permitsShared(directives: Directives): boolean {
  return ["public", "s-maxage", "must-revalidate"].some((name) => directives.has(name));
}

/** Section 5.4: Pragma counts only where Cache-Control is absent; on responses it is unspecified, so strictly. */
function pragma(fields: RawFields, directives: Directives): boolean {
  return directives.size === 0 && /no-cache/i.test(fieldValue(fields, "pragma") ?? "");
}

function expectedMedia(fields: RawFields, policy: StorePolicy | undefined): boolean {
  if (!policy || policy.mediaTypes.length === 0) return true;
  const type = fieldValue(fields, "content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  return policy.mediaTypes.includes(type);
}

function no(why: NotStored): Storing {
  return { store: false, why };
}
