import { eachField, fieldLines, type RawFields } from "../http/fields.ts";
import { OWN_CONDITIONS } from "../http/conditional.ts";
import type { Upstream } from "../ports/settings.ts";

/*
 * The outbound request is built from nothing: a target below the upstream's base and an allow-list of
 * fields. What could reach the origin without being part of the cache key would let one client choose
 * what another is answered with.
 */

/** A request as the upstream will see it, keys and body aside. */
export interface Outbound {
  readonly method: string;
  readonly target: string;
  readonly fields: RawFields;
}

/** What an outbound request is built from. */
export interface OutboundSource {
  readonly method: string;
  readonly upstream: Upstream;
  /** Below the mount, canonical. */
  readonly path: string;
  readonly query: string;
  readonly fields: RawFields;
}

/** What a request means, whoever asks and however often. */
const CONTENT = [
  "accept",
  "accept-language",
  "content-type",
  "content-language",
  "content-disposition",
  "content-encoding",
  "content-md5",
  "digest",
  "content-digest",
];
/** What concerns this one request: kept from shared forwards, since it would speak for all of them. */
const PERSONAL = [
  "idempotency-key",
  "if-match",
  "if-unmodified-since",
  "prefer",
  "tracestate",
  "traceparent",
  "user-agent",
  "x-requested-with",
];

/**
 * Builds the request for one client alone. The upstream is asked for one constant coding, since the key
 * is to be masked in whatever it answers; of a range it must not encode anything.
 */
export function privateOutbound(source: OutboundSource): Outbound {
  const passed = new Set([
    ...CONTENT,
    ...PERSONAL,
    ...OWN_CONDITIONS,
    ...source.upstream.passFields,
  ]);
  const coding = fieldLines(source.fields, "range").length > 0 ? "identity" : "gzip";
  return build(source, passed, ["Accept-Encoding", coding]);
}

/**
 * Builds the request whose answer may serve others. `mediaTypes` are those that may be stored: a client
 * that takes one of them asks for exactly these, so that all such clients share.
 */
export function sharedOutbound(source: OutboundSource, mediaTypes: readonly string[]): Outbound {
  const passed = new Set([...CONTENT, ...source.upstream.passFields]);
  const own = ["Accept-Encoding", "gzip", "User-Agent", "sluice"];
  const get = { ...source, method: "GET" };
  if (mediaTypes.length === 0) return build(get, passed, own);
  passed.delete("accept");
  return build(get, passed, ["Accept", mediaTypes.join(", "), ...own]);
}

function build(source: OutboundSource, passed: ReadonlySet<string>, own: RawFields): Outbound {
  const fields: string[] = [];
  for (const [name, value] of eachField(source.fields)) {
    if (passed.has(name.toLowerCase())) fields.push(name, value);
  }
  const base = source.upstream.url.pathname.replace(/\/$/, "");
  return {
    method: source.method,
    // "If the target URI's path component is empty, the client MUST send "/"" (RFC 9112 section 3.2.1).
    target: `${`${base}${source.path}` || "/"}${source.query}`,
    fields: [...fields, ...own],
  };
}
