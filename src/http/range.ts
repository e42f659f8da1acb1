import { sameStrongly } from "./entity-tag.ts";
import { fieldLines, type RawFields } from "./fields.ts";
import { parseHttpDate } from "./http-date.ts";
import type { StoredResponse } from "./stored-response.ts";

/*
 * Range requests (RFC 9110 section 14), answered from a stored response that is whole. A range that is not
 * understood asks for nothing: "A server MAY ignore the Range header field".
 */

/** What of a stored body answers a request. Offsets are bytes, `to` the first one that is not sent. */
export type RangeAnswer =
  | { readonly kind: "whole" }
  /** 206, with this value of Content-Range. */
  | {
      readonly kind: "part";
      readonly from: number;
      readonly to: number;
      readonly contentRange: string;
    }
  /** 416, with this value of Content-Range. */
  | { readonly kind: "unsatisfiable"; readonly contentRange: string };

/**
 * True for a 206 that may be kept by itself (RFC 9111 section 3.3): it answers a Range, and is one part of the
 * representation. One of several parts says in each of them which it is (RFC 9110 section 15.3.7.2).
 */
export function isOnePart(requestFields: RawFields, fields: RawFields): boolean {
  const [contentRange = "", ...more] = fieldLines(fields, "content-range");
  const asked = fieldLines(requestFields, "range").length === 1;
  return asked && more.length === 0 && /^bytes \d+-\d+\/(?:\d+|\*)$/i.test(contentRange.trim());
}

const WHOLE: RangeAnswer = { kind: "whole" };

/** `bytes=` and one range: first to last, first to the end, or the last so many. */
const ONE_RANGE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;

/**
 * Judges `Range` and `If-Range` of a GET against a stored 200; for other methods the caller does not ask ("A server
 * MUST ignore a Range header field received with a request method that is unrecognized or for which range handling is
 * not defined"). Several ranges are answered whole: section 14.2 leaves that to the server.
 */
export function answerRange(
  stored: Pick<StoredResponse, "status" | "fields" | "body" | "etag" | "receivedAt">,
  requestFields: RawFields,
): RangeAnswer {
  const lines = fieldLines(requestFields, "range");
  if (stored.status !== 200 || lines.length !== 1 || !holds(requestFields, stored)) return WHOLE;
  const [matched, first, last, suffix] = ONE_RANGE.exec((lines[0] ?? "").trim()) ?? [];
  if (matched === undefined) return WHOLE;
  const length = stored.body.length;
  if (suffix !== undefined) return lastBytes(Number(suffix), length);
  const from = Number(first);
  const to = last ? Number(last) + 1 : Number.POSITIVE_INFINITY;
  // "An int-range is invalid if the last-pos value is present and less than the first-pos value."
  return to <= from ? WHOLE : part(from, to, length);
}

/** "If the selected representation is shorter than the specified suffix-length, the entire representation is used." */
function lastBytes(count: number, length: number): RangeAnswer {
  if (count === 0) return unsatisfiable(length);
  // Content-Range has no way to say that there is nothing.
  return length === 0 ? WHOLE : part(Math.max(0, length - count), length, length);
}

/** Satisfiable where it begins within the body; what lies beyond its end is cut off (section 14.1.2). */
function part(from: number, to: number, length: number): RangeAnswer {
  if (from >= length) return unsatisfiable(length);
  const end = Math.min(to, length);
  return { kind: "part", from, to: end, contentRange: `bytes ${from}-${end - 1}/${length}` };
}

function unsatisfiable(length: number): RangeAnswer {
  return { kind: "unsatisfiable", contentRange: `bytes */${length}` };
}

/**
 * True where there is no If-Range, or it names what is stored: "If the representation is unchanged, send me the
 * part(s) that I am requesting in Range; otherwise, send me the entire representation" (section 13.1.5). A tag is
 * compared strongly, and as it is sent: what a client holds of a coded body is no beginning of this one.
 */
function holds(
  requestFields: RawFields,
  stored: Pick<StoredResponse, "fields" | "etag" | "receivedAt">,
): boolean {
  const lines = fieldLines(requestFields, "if-range");
  if (lines.length === 0) return true;
  const validator = (lines[0] ?? "").trim();
  if (lines.length > 1) return false;
  return /^(?:W\/)?"/.test(validator)
    ? sameStrongly(validator, stored.etag)
    : isLastModified(validator, stored);
}

/** A date must be the very Last-Modified, and a second older than Date: else it is no strong validator (section 8.8.2.2). */
function isLastModified(
  validator: string,
  { fields, receivedAt }: Pick<StoredResponse, "fields" | "receivedAt">,
): boolean {
  const modified = fieldLines(fields, "last-modified")[0];
  const modifiedAt = parseHttpDate(modified ?? "", receivedAt);
  const sentAt = parseHttpDate(fieldLines(fields, "date")[0] ?? "", receivedAt);
  if (modifiedAt === undefined || sentAt === undefined) return false;
  return parseHttpDate(validator, receivedAt) === modifiedAt && sentAt - modifiedAt >= 1000;
}
