import { fieldValue, type RawFields } from "./fields.ts";

/** True where a client that sent this Accept takes one of the media types. */
export function accepts(fields: RawFields, mediaTypes: readonly string[]): boolean {
  const accept = fieldValue(fields, "accept");
  if (accept === undefined || mediaTypes.length === 0) return true;
  const ranges = accept
    .split(",")
    .map((range) => range.toLowerCase().replaceAll(" ", "").split(";"))
    .filter((parts) => !parts.some((part) => /^q=0(?:\.0*)?$/.test(part)))
    .map(([range = ""]) => range);
  return mediaTypes.some((type) =>
    ranges.some((range) => ["*/*", type, `${type.split("/")[0]}/*`].includes(range)),
  );
}
