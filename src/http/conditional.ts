import { entityTags, plainTags, sameWeakly } from "./entity-tag.ts";
import { fieldLines, fieldValue, type RawFields } from "./fields.ts";
import { parseHttpDate } from "./http-date.ts";
import type { StoredResponse } from "./stored-response.ts";

/** Fields that are answered from a stored response and so never travel with a cacheable GET. */
export const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  "if-none-match",
  "if-modified-since",
  "if-range",
  "range",
]);

/** True where only the origin can judge the request's preconditions; its answer is not stored. */
export function wantsOriginsJudgement(fields: RawFields): boolean {
  return ["if-match", "if-unmodified-since"].some((name) => fieldLines(fields, name).length > 0);
}

/** What a condition is compared with. */
type Selected = Pick<StoredResponse, "fields" | "etag" | "status" | "receivedAt">;

/** True where the client has what is stored already, so that 304 answers it (RFC 9110 section 13.2.2). */
export function notModified(requestFields: RawFields, stored: Selected): boolean {
  if (stored.status !== 200) return false;
  const tags = fieldValue(requestFields, "if-none-match");
  // "A recipient MUST ignore If-Modified-Since if the request contains an If-None-Match header field."
  return tags === undefined ? unmodifiedSince(requestFields, stored) : matches(tags, stored.etag);
}

/** A tag that the client got with a coded body names what is stored as well: weak comparison is what is asked for. */
function matches(tags: string, etag: string): boolean {
  if (tags.trim() === "*") return true;
  return [...entityTags(tags), ...entityTags(plainTags(tags))].some((tag) => sameWeakly(tag, etag));
}

/**
 * RFC 9111 section 4.3.2: "a Last-Modified field value that is earlier or equal to the conditional timestamp"; "no
 * Last-Modified [...] but it has a Date field value that is earlier or equal"; or neither, and it was "received at a
 * time earlier than or equal".
 */
function unmodifiedSince(requestFields: RawFields, { fields, receivedAt }: Selected): boolean {
  const lines = fieldLines(requestFields, "if-modified-since");
  const since = lines.length === 1 ? parseHttpDate(lines[0] ?? "", receivedAt) : undefined;
  if (since === undefined) return false;
  const told = fieldLines(fields, "last-modified")[0] ?? fieldLines(fields, "date")[0];
  const modifiedAt = told === undefined ? receivedAt : parseHttpDate(told, receivedAt);
  return modifiedAt !== undefined && modifiedAt <= since;
}

/** The fields that ask the origin whether a stored response still holds; none where it gave no validator. */
export function validatingFields(stored: Pick<StoredResponse, "fields">): string[] {
  const etag = fieldLines(stored.fields, "etag")[0];
  const lastModified = fieldLines(stored.fields, "last-modified")[0];
  return [
    ...(etag === undefined ? [] : ["If-None-Match", etag]),
    ...(lastModified === undefined ? [] : ["If-Modified-Since", lastModified]),
  ];
}
