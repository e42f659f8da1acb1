import { outboundQuery } from "./query.ts";
import { plainTags } from "../http/entity-tag.ts";
import { eachField, fieldLines, type RawFields } from "../http/fields.ts";
import { OWN_CONDITIONS } from "../http/conditional.ts";
import type { Route, Upstream } from "../ports/settings.ts";

/*
 * The outbound request is built from nothing: a target below the upstream's base and an allow-list of
 * fields. What could reach the origin without being told apart by the cache key, or by the origin's Vary
 * where the configuration trusts it, would let one client choose what another is answered with.
 */

/** A request as the upstream will see it, keys and body aside. */
export interface Outbound {
  readonly method: string;
  readonly target: string;
  readonly fields: RawFields;
}

/** A request for everyone who may share its answer. */
export interface SharedOutbound extends Outbound {
  /** Of the fields, those that are part of the cache key; the others are told apart by the origin's Vary. */
  readonly keyFields: RawFields;
}

/** What an outbound request is built from. */
export interface OutboundSource {
  readonly method: string;
  readonly upstream: Upstream;
  readonly route: Route | undefined;
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

/** Conditions whose tags may be those that Sluice gave out for a coding of its own. */
const TAGGED = new Set(["if-match", "if-none-match", "if-range"]);
/** Fields of the way to Sluice: the message that leaves it has its own. */
const OF_THIS_HOP = new Set(["host", "content-length", "expect"]);

/**
 * Builds the request for one client alone. The upstream is asked for one constant coding, since the key
 * is to be masked in whatever it answers; of a range it must not encode anything.
 */
export function privateOutbound(source: OutboundSource): Outbound {
  const { upstream, fields } = source;
  const passed = new Set([...CONTENT, ...PERSONAL, ...OWN_CONDITIONS, ...upstream.passFields]);
  const sent = select(source, (name) => passed.has(name) || isVaried(upstream, name));
  if (upstream.coding === "pass") return { ...lineOf(source), fields: sent };
  const coding = fieldLines(fields, "range").length > 0 ? "identity" : "gzip";
  return { ...lineOf(source), fields: [...withPlainTags(sent), "Accept-Encoding", coding] };
}

/**
 * Builds the request whose answer may serve others. `mediaTypes` are those that may be stored: a client
 * that takes one of them asks for exactly these, so that all such clients share.
 */
export function sharedOutbound(
  source: OutboundSource,
  mediaTypes: readonly string[],
): SharedOutbound {
  const { upstream } = source;
  const withRange = passesRange(source);
  const passed = new Set([...CONTENT, ...upstream.passFields]);
  // Answered from what is stored, which is whole (RFC 9110 sections 13.2.1 and 14.2), so never sent.
  const own = new Set([...OWN_CONDITIONS, ...(mediaTypes.length > 0 ? ["accept"] : [])]);
  const varied = (name: string): boolean =>
    name === "range" ? withRange : isVaried(upstream, name) && !own.has(name);
  const keyed = (name: string): boolean => passed.has(name) && !own.has(name) && !varied(name);
  const keyFields = [...select(source, keyed), ...ownFields(upstream, mediaTypes)];
  return {
    ...lineOf({ ...source, method: "GET" }),
    fields: [...select(source, varied), ...keyFields],
    keyFields,
  };
}

/**
 * True where a Range is the origin's to answer if nothing stored does: under `liberal`, and where the answer cannot be
 * taken for another. A condition beside it is judged here against the whole; another method has no ranges (RFC 9110
 * section 14.2); and of what Sluice would have to decode, a part cannot be.
 */
function passesRange({ method, upstream, fields }: OutboundSource): boolean {
  const conditions = [...OWN_CONDITIONS].flatMap((name) => fieldLines(fields, name));
  const ranges = fieldLines(fields, "range").length;
  const alone = ranges === 1 && conditions.length === 1;
  return upstream.liberal && upstream.coding === "pass" && method === "GET" && alone;
}

/** What Sluice says of itself, where it does not pass on what the client said. */
function ownFields(upstream: Upstream, mediaTypes: readonly string[]): string[] {
  return [
    ...(mediaTypes.length > 0 ? ["Accept", mediaTypes.join(", ")] : []),
    ...(upstream.coding === "own" ? ["Accept-Encoding", "gzip"] : []),
    ...(isVaried(upstream, "user-agent") ? [] : ["User-Agent", "sluice"]),
  ];
}

/** True for a field that passes and is no part of the key. */
function isVaried({ varyFields, passFields, coding }: Upstream, name: string): boolean {
  if (OF_THIS_HOP.has(name) || passFields.includes(name)) return false;
  // With codings of Sluice's own, the upstream is asked for one and the same.
  if (name === "accept-encoding") return coding === "pass";
  return varyFields.includes(name) || varyFields.includes("*");
}

function select({ fields }: OutboundSource, wanted: (lowerCaseName: string) => boolean): string[] {
  return [...eachField(fields)].flatMap(([name, value]) =>
    wanted(name.toLowerCase()) ? [name, value] : [],
  );
}

/** The origin knows its tags without what Sluice added to them for a coding. */
function withPlainTags(fields: RawFields): string[] {
  return [...eachField(fields)].flatMap(([name, value]) => [
    name,
    TAGGED.has(name.toLowerCase()) ? plainTags(value) : value,
  ]);
}

function lineOf({ method, upstream, route, path, query }: OutboundSource) {
  const base = upstream.url.pathname.replace(/\/$/, "");
  const reads = method === "GET" || method === "HEAD";
  const sent = reads && route?.query ? outboundQuery(query, route.query) : query;
  // "If the target URI's path component is empty, the client MUST send "/"" (RFC 9112 section 3.2.1).
  return { method, target: `${`${base}${path}` || "/"}${sent}` };
}
