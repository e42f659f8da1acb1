import { fieldLines, type RawFields } from "./fields.ts";
import { parseHttpDate } from "./http-date.ts";

/**
 * Milliseconds to wait after an answer with `Retry-After` (RFC 9110 section 10.2.3), which is whole
 * seconds or an HTTP-date; `undefined` where it is absent or neither. A date is measured against the
 * answer's own Date where there is one, since only the origin's clock has written both.
 */
export function retryAfterMs(fields: RawFields, receivedAt: number): number | undefined {
  const value = fieldLines(fields, "retry-after")[0]?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = parseHttpDate(value, receivedAt);
  if (until === undefined) return undefined;
  const from = parseHttpDate(fieldLines(fields, "date")[0] ?? "", receivedAt) ?? receivedAt;
  return Math.max(0, until - from);
}

/** Whole seconds for a `Retry-After` of our own: rounded up, and never 0, which would invite a retry at once. */
export function retryAfterSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
