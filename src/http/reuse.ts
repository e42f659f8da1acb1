import { directiveMs, parseCacheControl, type Directives } from "./cache-control.ts";
import { fieldLines, fieldValue, type RawFields } from "./fields.ts";
import { currentAgeMs, directivesOf, forbidsStale } from "./freshness.ts";
import type { StoredResponse } from "./stored-response.ts";

/** What a request asks of caches (RFC 9111 section 5.2.1, RFC 5861 section 4); times in milliseconds. */
export interface Wishes {
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeMs: number | undefined;
  readonly minFreshMs: number | undefined;
  /** How long after its freshness a response is welcome all the same; Infinity: however long. */
  readonly maxStaleMs: number | undefined;
  /** The same where the upstream fails. */
  readonly staleIfErrorMs: number | undefined;
}

/**
 * Reads a request's directives. Who may not force the upstream has its no-cache, max-age and min-fresh ignored:
 * on a metered API that is a right which a consumer is given. What spares the upstream everybody may ask for.
 */
export function readWishes(fields: RawFields, mayForce: boolean): Wishes {
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  return {
    noCache: mayForce && (directives.has("no-cache") || pragma(fields, directives)),
    onlyIfCached: directives.has("only-if-cached"),
    maxAgeMs: mayForce ? directiveMs(directives, "max-age") : undefined,
    minFreshMs: mayForce ? directiveMs(directives, "min-fresh") : undefined,
    maxStaleMs: staleWelcomeMs(directives),
    staleIfErrorMs: directiveMs(directives, "stale-if-error"),
  };
}

/** What a stored response is judged by. */
export type Reusable = Pick<
  StoredResponse,
  "fields" | "requestedAt" | "receivedAt" | "lifetimeMs" | "overridden"
>;

/** How far a stored response serves a request. `ttlMs` is what is left of its lifetime, negative once it is stale. */
export type Reuse =
  | { readonly kind: "fresh"; readonly ageMs: number; readonly ttlMs: number }
  /** Past its lifetime, but the request takes it by max-stale: it is served as it is. */
  | { readonly kind: "stale"; readonly ageMs: number; readonly ttlMs: number }
  /** RFC 9211's reasons for going forward although something is stored. */
  | { readonly kind: "forward"; readonly reason: "stale" | "request" };

/** Judges one selected stored response (RFC 9111 section 4). */
export function reuse(stored: Reusable, wishes: Wishes, now: number): Reuse {
  const ageMs = currentAgeMs(stored, now);
  const ttlMs = stored.lifetimeMs - ageMs;
  const asWished = meetsWishes({ ageMs, ttlMs }, wishes);
  if (ttlMs > 0) {
    return asWished ? { kind: "fresh", ageMs, ttlMs } : { kind: "forward", reason: "request" };
  }
  const taken = wishes.maxStaleMs !== undefined && mayBeStale(stored) && asWished;
  return taken && -ttlMs <= (wishes.maxStaleMs ?? 0)
    ? { kind: "stale", ageMs, ttlMs }
    : { kind: "forward", reason: "stale" };
}

/** True where nobody forbids serving a response past its lifetime (RFC 9111 section 4.2.4). */
export function mayBeStale(stored: Pick<Reusable, "fields" | "overridden">): boolean {
  // A route that overrides has put the origin's words aside: its own windows bound what is served.
  return stored.overridden || !forbidsStale(directivesOf(stored.fields));
}

/** True where nothing that the request asks of the age of its answer is broken (section 5.2.1). */
export function meetsWishes(
  { ageMs, ttlMs }: { readonly ageMs: number; readonly ttlMs: number },
  { noCache, maxAgeMs, minFreshMs, maxStaleMs }: Wishes,
): boolean {
  if (noCache) return false;
  // Age is whole seconds on the wire: max-age=0 takes nothing that has been stored.
  if (maxAgeMs !== undefined && ageMs > maxAgeMs - 1) return false;
  // "Unless the max-stale request directive is also present, the client does not wish to receive a stale response."
  if (maxAgeMs !== undefined && ttlMs <= 0 && maxStaleMs === undefined) return false;
  return minFreshMs === undefined || ttlMs >= minFreshMs;
}

/** "If no value is assigned to max-stale, then the client will accept a stale response of any age." */
function staleWelcomeMs(directives: Directives): number | undefined {
  return directives.get("max-stale") === ""
    ? Number.POSITIVE_INFINITY
    : directiveMs(directives, "max-stale");
}

/** "no-cache" in Pragma counts where Cache-Control is absent (RFC 9111 section 5.4). */
function pragma(fields: RawFields, directives: Directives): boolean {
  return directives.size === 0 && /no-cache/i.test(fieldValue(fields, "pragma") ?? "");
}
