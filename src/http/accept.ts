import { fieldValue, type RawFields } from "./fields.ts";

/**
 * True where a client that sent this Accept takes one of the media types. "The most specific reference has
 * precedence" (RFC 9110 section 12.5.1): a type that is refused by name is not taken for the sake of a wildcard.
 */
export function accepts(fields: RawFields, mediaTypes: readonly string[]): boolean {
  const accept = fieldValue(fields, "accept");
  if (accept === undefined || mediaTypes.length === 0) return true;
  const taken = new Map(
    accept
      .split(",")
      .map((range) => range.toLowerCase().replaceAll(/[ \t]/g, "").split(";"))
      .map(([range = "", ...rest]) => [range, !rest.some((part) => /^q=0(?:\.0*)?$/.test(part))]),
  );
  return mediaTypes.some((type) => {
    const ranges = [type, `${type.split("/")[0]}/*`, "*/*"];
    return taken.get(ranges.find((range) => taken.has(range)) ?? "") === true;
  });
}
