import { parseList, type List } from "structured-headers";
import { fieldValue, type RawFields } from "./fields.ts";
import { isSafe } from "./invalidation.ts";

/*
 * Cache groups (RFC 9875): an origin names what a response belongs to, and a write names what it has changed. Names
 * are the origin's own: nobody but the origin that gave them is spoken for.
 */

/** Members beyond this count are ignored (at least 32 must be supported, RFC 9875 section 2). */
const MOST_GROUPS = 128;

/** The groups that a response belongs to (section 2). */
export function cacheGroups(fields: RawFields): string[] {
  return groupsIn(fieldValue(fields, "cache-groups"));
}

/**
 * The groups that an answer to `method` invalidates (section 3). "The Cache-Group-Invalidation header field MUST be
 * ignored on responses to requests that have a safe method".
 */
export function invalidatedGroups(method: string, fields: RawFields): string[] {
  return isSafe(method) ? [] : groupsIn(fieldValue(fields, "cache-group-invalidation"));
}

/** The strings of a list, each once. What does not parse says nothing, and members that are no strings do not count. */
function groupsIn(value: string | undefined): string[] {
  const groups = parsed(value ?? "").flatMap(([member]) =>
    typeof member === "string" ? [member] : [],
  );
  return [...new Set(groups)].slice(0, MOST_GROUPS);
}

function parsed(value: string): List {
  try {
    return parseList(value);
  } catch {
    return [];
  }
}
