const TAG = /(?:W\/)?"[\u0021\u0023-\u007E\u0080-\u00FF]*"/g;

/** Content codings in which this gateway sends a body, each under a tag of its own. */
const CODINGS = ["gzip", "br", "zstd"];
const CODED = new RegExp(`--(?:${CODINGS.join("|")})"$`);

/** The entity tags of a list (RFC 9110 section 8.8.3), as written. */
export function entityTags(list: string): string[] {
  return list.match(TAG) ?? [];
}

/** True where both name the same representation, weakly compared (RFC 9110 section 8.8.3.2). */
export function sameWeakly(one: string, other: string): boolean {
  return opaque(one) === opaque(other);
}

/** True where both name the very same bytes: "both are not weak and their opaque-tags match character-by-character". */
export function sameStrongly(one: string, other: string): boolean {
  return one === other && !isWeak(one);
}

/** True for a tag that more than one sequence of bytes may share (RFC 9110 section 8.8.1). */
export function isWeak(tag: string): boolean {
  return tag.startsWith("W/");
}

/**
 * The tag of a representation in a content coding that this gateway has applied: `"abc"` in gzip is `"abc--gzip"`,
 * since "a strong validator is unique across all encodings" (RFC 9110 section 8.8.3.3). `identity`: as it is.
 */
export function codedTag(tag: string, coding: string): string {
  return CODINGS.includes(coding) && tag.endsWith('"') ? `${tag.slice(0, -1)}--${coding}"` : tag;
}

/** The value of a field of tags (If-None-Match, If-Match, If-Range) with this gateway's codings taken off each tag. */
export function plainTags(listValue: string): string {
  return listValue.replaceAll(TAG, (tag) => tag.replace(CODED, '"'));
}

function opaque(tag: string): string {
  return isWeak(tag) ? tag.slice(2) : tag;
}
