import { directiveMs, parseCacheControl } from "./cache-control.ts";
import { fieldLines, type RawFields } from "./fields.ts";
import { parseHttpDate } from "./http-date.ts";
import type { StoredResponse } from "./stored-response.ts";

/**
 * The freshness lifetime that the origin gives explicitly, in milliseconds; `undefined` where it gives
 * none (RFC 9111 section 4.2.1, for a shared cache): s-maxage, then max-age, then Expires minus Date.
 */
export function originLifetimeMs(fields: RawFields, receivedAt: number): number | undefined {
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  const byDirective = directiveMs(directives, "s-maxage") ?? directiveMs(directives, "max-age");
  if (byDirective !== undefined) return byDirective;
  const expires = fieldLines(fields, "expires");
  if (expires[0] === undefined) return undefined;
  // "A cache recipient MUST interpret invalid date formats, especially the value "0", as [...] in the past."
  const expiresAt = parseHttpDate(expires[0], receivedAt);
  if (expiresAt === undefined || expires.some((line) => line !== expires[0])) return 0;
  return Math.max(0, expiresAt - (dateOf(fields, receivedAt) ?? receivedAt));
}

/**
 * Current age in milliseconds (RFC 9111 section 4.2.3). Date has a grain of one second, so an apparent
 * age below one second is none. A lifetime that the route gave counts from receipt, so that an origin
 * whose clock is behind does not undo it.
 */
export function currentAgeMs(
  stored: Pick<StoredResponse, "fields" | "requestedAt" | "receivedAt" | "overridden">,
  now: number,
): number {
  const { fields, requestedAt, receivedAt, overridden } = stored;
  const date = overridden ? undefined : dateOf(fields, receivedAt);
  const apparentMs = date === undefined ? 0 : receivedAt - date;
  const correctedMs = ageOf(fields) + Math.max(0, receivedAt - requestedAt);
  const initialMs = Math.max(apparentMs < 1000 ? 0 : apparentMs, correctedMs);
  return initialMs + Math.max(0, now - receivedAt);
}

/** Whole seconds for the `Age` field. */
export function ageSeconds(ageMs: number): number {
  return Math.min(2 ** 31, Math.floor(ageMs / 1000));
}

/** "a cache [...] SHOULD use the first and discard others", and what is no number says nothing. */
function ageOf(fields: RawFields): number {
  const first = fieldLines(fields, "age")[0]?.split(",")[0]?.trim() ?? "";
  return /^\d+$/.test(first) ? Math.min(Number(first), 2 ** 31) * 1000 : 0;
}

function dateOf(fields: RawFields, receivedAt: number): number | undefined {
  return parseHttpDate(fieldLines(fields, "date")[0] ?? "", receivedAt);
}
