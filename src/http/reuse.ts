import { directiveMs, parseCacheControl, type Directives } from "./cache-control.ts";
import { fieldLines, fieldValue, type RawFields } from "./fields.ts";
import { currentAgeMs } from "./freshness.ts";
import type { StoredResponse } from "./stored-response.ts";

/** What a request asks of caches (RFC 9111 section 5.2.1). */
export interface Wishes {
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeMs: number | undefined;
  readonly minFreshMs: number | undefined;
}

/**
 * Reads a request's directives. Who may not force the upstream has its no-cache and max-age ignored:
 * on a metered API that is a right which a consumer is given.
 */
export function readWishes(fields: RawFields, mayForce: boolean): Wishes {
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  return {
    noCache: mayForce && (directives.has("no-cache") || pragma(fields, directives)),
    onlyIfCached: directives.has("only-if-cached"),
    maxAgeMs: mayForce ? directiveMs(directives, "max-age") : undefined,
    minFreshMs: mayForce ? directiveMs(directives, "min-fresh") : undefined,
  };
}

/** How far a stored response serves a request. */
export type Reuse =
  | { readonly kind: "fresh"; readonly ageMs: number; readonly ttlMs: number }
  /** RFC 9211's reasons for going forward although something is stored. */
  | { readonly kind: "forward"; readonly reason: "stale" | "request" };

/** Judges one selected stored response (RFC 9111 section 4). */
export function reuse(
  stored: Pick<
    StoredResponse,
    "fields" | "requestedAt" | "receivedAt" | "lifetimeMs" | "overridden"
  >,
  wishes: Wishes,
  now: number,
): Reuse {
  const ageMs = currentAgeMs(stored, now);
  const ttlMs = stored.lifetimeMs - ageMs;
  if (ttlMs <= 0) return { kind: "forward", reason: "stale" };
  const tooOld = wishes.maxAgeMs !== undefined && ageMs > wishes.maxAgeMs - 1;
  const tooShort = wishes.minFreshMs !== undefined && ttlMs < wishes.minFreshMs;
  if (wishes.noCache || tooOld || tooShort) return { kind: "forward", reason: "request" };
  return { kind: "fresh", ageMs, ttlMs };
}

/** "no-cache" in Pragma counts where Cache-Control is absent (RFC 9111 section 5.4). */
function pragma(fields: RawFields, directives: Directives): boolean {
  return directives.size === 0 && /no-cache/i.test(fieldValue(fields, "pragma") ?? "");
}
