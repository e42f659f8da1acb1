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

/**
 * Kept although `Connection` lists them: "A sender MUST NOT send a connection option corresponding to a field that is
 * intended for all recipients of the content. For example, Cache-Control is never appropriate as a connection option"
 * (RFC 9110 section 7.6.1). Without them what forbids storing, or asks for the origin's own judgement, would be hidden.
 */
const FOR_EVERYBODY = new Set([
  "age",
  "cache-control",
  "cdn-cache-control",
  "expires",
  "if-match",
  "if-unmodified-since",
  "pragma",
  "set-cookie",
  "sluice-cache-control",
  "vary",
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
      .map((name) => name.trim().toLowerCase())
      .filter((name) => !FOR_EVERYBODY.has(name)),
  );
  return withoutFields(fields, (name) => HOP_BY_HOP.has(name) || listed.has(name));
}
