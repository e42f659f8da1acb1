import { fieldLines, fieldValue, type RawFields } from "./fields.ts";
import type { StoredResponse } from "./stored-response.ts";

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
 * True where what was chosen by Accept-Language is in the one language that the request prefers to all others: its
 * origin would choose nothing better, however the rest of the list reads (RFC 9111 section 4.1 lets a cache rank by
 * "a known mechanism for ranking preference"; RFC 9110 section 12.5.4). All other selecting fields must agree.
 */
export function selectsByLanguage(
  { selecting, fields }: Pick<StoredResponse, "selecting" | "fields">,
  outboundFields: RawFields,
): boolean {
  const { "accept-language": chosenBy, ...rest } = selecting;
  const language = (fieldValue(fields, "content-language") ?? "").trim().toLowerCase();
  if (chosenBy === undefined || language === "") return false;
  return language === preferredLanguage(outboundFields) && selects(rest, outboundFields);
}

/** The language with the highest weight, lower case; `undefined` where several have it, or none is wanted at all. */
function preferredLanguage(fields: RawFields): string | undefined {
  const weighted = (fieldValue(fields, "accept-language") ?? "")
    .toLowerCase()
    .split(",")
    .map((member) => member.replaceAll(/[ \t]/g, "").split(";"))
    .map(([tag = "", weight = "q=1"]) => ({ tag, weight: Number(weight.replace(/^q=/, "")) }));
  const highest = Math.max(...weighted.map(({ weight }) => weight));
  const preferred = weighted.filter(({ weight }) => weight === highest);
  return highest > 0 && preferred.length === 1 ? preferred[0]?.tag : undefined;
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
