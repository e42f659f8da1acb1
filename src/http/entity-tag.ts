const TAG = /(?:W\/)?"[\u0021\u0023-\u007E\u0080-\u00FF]*"/g;

/** The entity tags of a list (RFC 9110 section 8.8.3), as written. */
export function entityTags(list: string): string[] {
  return list.match(TAG) ?? [];
}

/** True where both name the same representation, weakly compared (RFC 9110 section 8.8.3.2). */
export function sameWeakly(one: string, other: string): boolean {
  return opaque(one) === opaque(other);
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
