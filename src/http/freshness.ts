import { directiveMs, MOST_SECONDS, parseCacheControl, type Directives } from "./cache-control.ts";
import { fieldLines, type RawFields } from "./fields.ts";
import { parseHttpDate } from "./http-date.ts";
import { targetedDirectives } from "./targeted.ts";
import type { StoredResponse } from "./stored-response.ts";

const DAY_MS = 86_400_000;

/**
 * What a response says to this cache: a targeted field where there is one, which stands for all of Cache-Control
 * (RFC 9213 section 2.2: "it MUST ignore the Cache-Control and Expires header fields in that response"), else Cache-Control.
 */
export function directivesOf(fields: RawFields): Directives {
  const targeted = targetedDirectives(fields);
  if (targeted) return targeted;
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  // Section 5.4: Pragma counts only where Cache-Control is absent; on responses it is unspecified, so strictly.
  const pragma = directives.size === 0 && /no-cache/i.test(fieldLines(fields, "pragma").join());
  return pragma ? new Map([["no-cache", ""]]) : directives;
}

/**
 * The freshness lifetime that the origin gives explicitly, in milliseconds; `undefined` where it gives
 * none (RFC 9111 section 4.2.1, for a shared cache): s-maxage, then max-age, then Expires minus Date.
 */
export function originLifetimeMs(fields: RawFields, receivedAt: number): number | undefined {
  const targeted = targetedDirectives(fields);
  const directives = targeted ?? directivesOf(fields);
  const byDirective = directiveMs(directives, "s-maxage") ?? directiveMs(directives, "max-age");
  if (byDirective !== undefined || targeted) return byDirective;
  const expires = fieldLines(fields, "expires");
  if (expires[0] === undefined) return undefined;
  // "A cache recipient MUST interpret invalid date formats, especially the value "0", as [...] in the past."
  const expiresAt = parseHttpDate(expires[0], receivedAt);
  if (expiresAt === undefined || expires.some((line) => line !== expires[0])) return 0;
  return Math.max(0, expiresAt - (dateOf(fields, receivedAt) ?? receivedAt));
}

/**
 * A lifetime guessed from Last-Modified, in milliseconds; `undefined` where there is none to guess from. "If the
 * response has a Last-Modified header field, caches are encouraged to use a heuristic expiration value that is no
 * more than some fraction of the interval since that time. A typical setting of this fraction might be 10%"
 * (RFC 9111 section 4.2.2). At most a day.
 */
export function guessedLifetimeMs(fields: RawFields, receivedAt: number): number | undefined {
  const modifiedAt = parseHttpDate(fieldLines(fields, "last-modified")[0] ?? "", receivedAt);
  if (modifiedAt === undefined) return undefined;
  const unchangedMs = (dateOf(fields, receivedAt) ?? receivedAt) - modifiedAt;
  return Math.min(DAY_MS, Math.max(0, Math.floor(unchangedMs / 10)));
}

/**
 * True where a stale response may not be used without validation: "A cache MUST NOT generate a stale response if
 * it is prohibited by an explicit in-protocol directive (e.g., by a no-cache response directive, a must-revalidate
 * response directive, or an applicable s-maxage or proxy-revalidate response directive)" (RFC 9111 section 4.2.4).
 */
export function forbidsStale(directives: Directives): boolean {
  return ["must-revalidate", "proxy-revalidate", "s-maxage", "no-cache"].some((name) =>
    directives.has(name),
  );
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
  return Math.min(MOST_SECONDS, Math.floor(ageMs / 1000));
}

/**
 * True where nobody can tell how old a response was when it came: Age is no number of seconds, or came more than
 * once, or as a list that says the same again. Section 5.1 lets a cache ignore the former and use the first of the
 * latter ("SHOULD"); the public tests (age-parse) ask for the strict reading, which is to take it for stale. Of a
 * list on one line whose members disagree the first counts, as the section says.
 */
export function ageInDoubt(fields: RawFields): boolean {
  const lines = fieldLines(fields, "age");
  if (lines.length !== 1) return lines.length > 1;
  const members = (lines[0] ?? "").split(",").map((member) => member.trim());
  return (
    members.some((member) => !/^\d+$/.test(member)) || new Set(members).size !== members.length
  );
}

/** "a cache [...] SHOULD use the first and discard others", and what is no number says nothing. */
function ageOf(fields: RawFields): number {
  const first = fieldLines(fields, "age")[0]?.split(",")[0]?.trim() ?? "";
  return /^\d+$/.test(first) ? Math.min(Number(first), MOST_SECONDS) * 1000 : 0;
}

function dateOf(fields: RawFields, receivedAt: number): number | undefined {
  return parseHttpDate(fieldLines(fields, "date")[0] ?? "", receivedAt);
}
