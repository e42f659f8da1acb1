import { createHash } from "node:crypto";
import { eachField, fieldValue, type RawFields } from "../http/fields.ts";

/** Fields that say what is wanted, and of whom nothing: what they select is kept as it was asked. */
const PLAIN = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "content-type",
  "pragma",
  "range",
]);

/**
 * The fields by which variants are told apart (RFC 9111 section 4.1), as they are kept: any but the plain ones may hold
 * somebody's credential, of which the store sees a digest only (promise P9). Lines of one name are combined and white
 * space at commas is made alike, as a comparison would do; the order is that of the first lines.
 */
export function concealed(fields: RawFields): string[] {
  const names = new Set([...eachField(fields)].map(([name]) => name.toLowerCase()));
  return [...names].flatMap((name) => {
    const value = fieldValue(fields, name) ?? "";
    return [name, PLAIN.has(name) ? value : digest(value)];
  });
}

function digest(value: string): string {
  const alike = value
    .split(",")
    .map((member) => member.trim())
    .join(", ");
  return createHash("sha256").update(alike).digest("base64url").slice(0, 22);
}
