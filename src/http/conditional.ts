import { entityTags, sameWeakly } from "./entity-tag.ts";
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

/** True where the client has what is stored already, so that 304 answers it (RFC 9110 section 13.2.2). */
export function notModified(
  requestFields: RawFields,
  stored: Pick<StoredResponse, "fields" | "etag" | "status" | "receivedAt">,
): boolean {
  if (stored.status !== 200) return false;
  const tags = fieldValue(requestFields, "if-none-match");
  if (tags !== undefined) {
    return tags.trim() === "*" || entityTags(tags).some((tag) => sameWeakly(tag, stored.etag));
  }
  const { receivedAt } = stored;
  const since = parseHttpDate(fieldValue(requestFields, "if-modified-since") ?? "", receivedAt);
  const modified = parseHttpDate(fieldValue(stored.fields, "last-modified") ?? "", receivedAt);
  return since !== undefined && modified !== undefined && modified <= since;
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
