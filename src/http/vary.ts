import { fieldLines, fieldValue, type RawFields } from "./fields.ts";

/**
 * The request fields that selected a response, lower case and sorted; `"*"` where something outside the
 * request did (RFC 9110 section 12.5.5): `*` anywhere in the list is enough.
 */
export function varyNames(responseFields: RawFields): readonly string[] | "*" {
  const names = fieldLines(responseFields, "vary")
    .flatMap((line) => line.split(","))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  return names.includes("*") ? "*" : [...new Set(names)].toSorted();
}

/** The values of the named fields in the request as it goes out; lines combined, absent ones `""`. */
export function selectingFields(
  names: readonly string[],
  outboundFields: RawFields,
): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, normalised(fieldValue(outboundFields, name) ?? "")]),
  );
}

/** True where the request selects what was stored under `selecting` (RFC 9111 section 4.1). */
export function selects(
  selecting: Readonly<Record<string, string>>,
  outboundFields: RawFields,
): boolean {
  return Object.entries(selecting).every(
    ([name, value]) => normalised(fieldValue(outboundFields, name) ?? "") === value,
  );
}

/** "normalizing both [values] in a way that is known to have identical semantics": whitespace at commas. */
function normalised(value: string): string {
  return value
    .split(",")
    .map((member) => member.trim())
    .join(", ");
}
