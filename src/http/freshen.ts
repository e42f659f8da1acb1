import { eachField, withoutFields, type RawFields } from "./fields.ts";
import { withoutHopByHop } from "./hop-by-hop.ts";

/** What a 304 says of these concerns the stored body and not the 304 (RFC 9111 section 3.2). */
const OF_THE_BODY = new Set([
  "content-encoding",
  "content-length",
  "content-type",
  "content-range",
]);

/** A stored response's fields after a 304: each field that the 304 has replaces the stored ones of its name. */
export function freshenedFields(stored: RawFields, notModified: RawFields): string[] {
  const news = withoutFields(withoutHopByHop(notModified), (name) => OF_THE_BODY.has(name));
  const renewed = new Set<string>();
  for (const [name] of eachField(news)) renewed.add(name.toLowerCase());
  return [...withoutFields(stored, (name) => renewed.has(name)), ...news];
}
