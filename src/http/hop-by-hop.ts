import { fieldLines, withoutFields, type RawFields } from "./fields.ts";

/** Fields of one connection (RFC 9110 section 7.6.1) and of its framing, which each side does anew. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** True for a field that never passes a gateway. */
export function isHopByHop(lowerCaseName: string): boolean {
  return HOP_BY_HOP.has(lowerCaseName);
}

/** The fields that may pass on: without those of the connection and those that `Connection` lists. */
export function withoutHopByHop(fields: RawFields): string[] {
  const listed = new Set(
    fieldLines(fields, "connection")
      .flatMap((line) => line.split(","))
      .map((name) => name.trim().toLowerCase()),
  );
  return withoutFields(fields, (name) => HOP_BY_HOP.has(name) || listed.has(name));
}
