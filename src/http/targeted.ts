import { parseDictionary, type Dictionary } from "structured-headers";
import { MOST_SECONDS, type Directives } from "./cache-control.ts";
import { fieldValue, type RawFields } from "./fields.ts";

/*
 * Targeted cache control (RFC 9213): an origin may speak to one kind of cache alone. Such a field is a
 * Dictionary of structured fields, where names are lower case and what does not parse counts as absent.
 */

/** The fields that this cache obeys before Cache-Control, the first one first ("target list", RFC 9213 section 2.2). */
const TARGETS = ["Sluice-Cache-Control", "CDN-Cache-Control"];

/** Directives whose argument is a number of seconds. */
const IN_SECONDS = new Set(["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]);
/** Directives that narrow what a cache may do. With an argument, whatever it is, they count as without. */
const NARROWING = new Set(["no-store", "no-cache", "private"]);

/**
 * The directives of the first targeted field that is there, parses and is not empty; `undefined` where there is
 * none. "If a targeted field in a given response is empty, or a parsing error is encountered, that
 * field MUST be ignored by the cache" (RFC 9213 section 2.1).
 */
export function targetedDirectives(fields: RawFields): Directives | undefined {
  for (const name of TARGETS) {
    const value = fieldValue(fields, name);
    const dictionary = value === undefined ? undefined : parsed(value);
    if (dictionary && dictionary.size > 0) return directivesIn(dictionary);
  }
  return undefined;
}

function parsed(value: string): Dictionary | undefined {
  try {
    return parseDictionary(value);
  } catch {
    return undefined;
  }
}

/** Parameters say nothing (section 2.1), and a directive whose value is of the wrong type is as if absent. */
function directivesIn(dictionary: Dictionary): Directives {
  const directives = new Map<string, string>();
  for (const [name, [value]] of dictionary) {
    const argument = argumentOf(name, value);
    if (argument !== undefined) directives.set(name, argument);
  }
  return directives;
}

function argumentOf(name: string, value: unknown): string | undefined {
  if (IN_SECONDS.has(name)) {
    if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
    return String(Math.min(value, MOST_SECONDS));
  }
  if (NARROWING.has(name)) return value === false ? undefined : "";
  return value === true ? "" : undefined;
}
