import { isWeak, sameStrongly, sameWeakly } from "./entity-tag.ts";
import { eachField, fieldLines, withoutFields, type RawFields } from "./fields.ts";
import { withoutHopByHop } from "./hop-by-hop.ts";
import type { StoredResponse } from "./stored-response.ts";

/**
 * What says how the stored body is written, and so cannot change while that stays: "caches MAY omit these header
 * fields from updating stored responses [...] to ensure integrity of the stored response" (RFC 9111 section 3.2).
 * Content-Length never changes, by the same section.
 */
const OF_THE_BODY = new Set([
  "content-digest",
  "content-encoding",
  "content-length",
  "content-md5",
  "content-range",
]);

/**
 * A stored response's fields after a 304 or a HEAD: "the cache MUST add each header field in the provided response to
 * the stored response, replacing field values that are already present" (RFC 9111 section 3.2), lines and all. A tag
 * that names another body than the one that is stored is not taken over. Age and Date of the stored response go in any
 * case: its age counts from now on from the new response (section 4.2.3), which may be silent on both.
 */
export function freshenedFields(stored: RawFields, notModified: RawFields): string[] {
  const tags = fieldLines(stored, "etag");
  const news = withoutFields(withoutHopByHop(notModified), (name) => OF_THE_BODY.has(name));
  const other = fieldLines(news, "etag").some(
    (tag) => tags[0] !== undefined && !sameWeakly(tag, tags[0]),
  );
  const taken = other ? withoutFields(news, (name) => name === "etag") : news;
  const renewed = new Set(["age", "date"]);
  for (const [name] of eachField(taken)) renewed.add(name.toLowerCase());
  return [...withoutFields(stored, (name) => renewed.has(name)), ...taken];
}

/**
 * True where a 304 speaks of this stored response (RFC 9111 section 4.3.4), which was validated by
 * `sentValidators`, the fields that validatingFields() gave:
 *
 * - "If the new response contains one or more strong validators": one of them must be the stored one, else "the cache
 *   MUST NOT use the new response to update any stored responses".
 * - with weak validators only, they must "correspond to" the stored one;
 * - with none, the request must have carried the stored response's own validators and nothing else: the origin can have
 *   meant no other; or there was nothing to send, and the one stored response "also lacks a validator".
 */
export function freshens(
  stored: Pick<StoredResponse, "fields">,
  notModified: RawFields,
  sentValidators: RawFields,
): boolean {
  const [tag] = fieldLines(stored.fields, "etag");
  const [newTag] = fieldLines(notModified, "etag");
  if (newTag !== undefined) {
    const same = isWeak(newTag) ? sameWeakly : sameStrongly;
    return tag !== undefined && same(newTag, tag);
  }
  const [modified] = fieldLines(stored.fields, "last-modified");
  const [newModified] = fieldLines(notModified, "last-modified");
  if (newModified !== undefined) return newModified === modified;
  return [...eachField(sentValidators)].every(([name, value]) =>
    name.toLowerCase() === "if-none-match" ? value === tag : value === modified,
  );
}
