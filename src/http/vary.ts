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
  return Object.fromEntries(names.map((name) => [name, normalised(name, outboundFields)]));
}

/** True where the request selects what was stored under `selecting` (RFC 9111 section 4.1). */
export function selects(
  selecting: Readonly<Record<string, string>>,
  outboundFields: RawFields,
): boolean {
  return Object.entries(selecting).every(
    ([name, value]) => normalised(name, outboundFields) === value,
  );
}

/**
 * "normalizing both header field values in a way that is known to have identical semantics": whitespace at commas and,
 * in Accept-Language, letter case and order, since neither says anything (RFC 9110 sections 12.5.4, 8.5.1).
 */
function normalised(name: string, fields: RawFields): string {
  const members = (fieldValue(fields, name) ?? "").split(",").map((member) => member.trim());
  if (name !== "accept-language") return members.join(", ");
  return members
    .map((member) => member.toLowerCase())
    .toSorted()
    .join(", ");
}
