import { fieldLines, withoutFields, type RawFields } from "../http/fields.ts";

/** Version 00 (W3C Trace Context section 3.2.2): anything else is not passed on where it speaks for many. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const OF_TRACES = new Set(["traceparent", "tracestate"]);

/** Whose trace a forward may be part of. */
export interface TraceSource {
  /** Of the forward's own span; absent: nobody traces here. */
  readonly own: RawFields | undefined;
  /** Fields of the client that pays for it. */
  readonly client: RawFields;
}

/**
 * The fields of a request as it leaves, with its place in a trace: below our own span where somebody traces, else where
 * the client is. A request for one client has the client's fields already. One that is made for many is built without
 * them, since they are no part of the cache key: it takes the `traceparent` of the client that pays, if that is nothing
 * but an id, and no `tracestate`, in which a client could say anything.
 */
export function withTraceContext(fields: RawFields, { own, client }: TraceSource): RawFields {
  if (own && own.length > 0) {
    return [...withoutFields(fields, (name) => OF_TRACES.has(name)), ...own];
  }
  const [parent, ...more] = fieldLines(client, "traceparent");
  const taken = fieldLines(fields, "traceparent").length > 0;
  return taken || parent === undefined || more.length > 0 || !TRACEPARENT.test(parent)
    ? fields
    : [...fields, "traceparent", parent];
}
