/** A field and what it does here; `source` is where that is decided. */
export interface FieldUse {
  readonly name: string;
  readonly meaning: string;
  readonly standard: string;
  /** Below src/. */
  readonly source: string;
}

/** Fields of requests that mean something to Sluice itself. */
export const requestFields: readonly FieldUse[] = [
  {
    name: "Authorization",
    meaning:
      "The consumer's key: `Bearer KEY`, or either half of Basic. Goes no further, unless there are neither keys nor consumers and `varyFields` names it.",
    standard: "RFC 9110 section 11.6.2",
    source: "identify/credential.ts",
  },
  {
    name: "Sluice-Consumer",
    meaning: "In an open gateway: what the caller goes by, in accounts and shares.",
    standard: "own",
    source: "identify/caller-names.ts",
  },
  {
    name: "User-Agent",
    meaning: "In an open gateway without the field above: its product is the caller's name.",
    standard: "RFC 9110 section 10.1.5",
    source: "identify/caller-names.ts",
  },
  {
    name: "Prefer",
    meaning: "`wait=N`: wait for the quota for N seconds at most. `wait=0`: now or never.",
    standard: "RFC 7240 section 4.3",
    source: "identify/identify.ts",
  },
  {
    name: "Priority",
    meaning: "`u=0` to `u=7`: the urgency among the consumer's own requests, 0 first.",
    standard: "RFC 9218 section 4.1",
    source: "identify/identify.ts",
  },
  {
    name: "Cache-Control",
    meaning:
      "`no-store`, `only-if-cached`, `max-stale` and `stale-if-error` from everybody; `no-cache`, `max-age` and `min-fresh` from consumers with `mayForce`.",
    standard: "RFC 9111 section 5.2.1",
    source: "http/reuse.ts",
  },
  {
    name: "If-None-Match",
    meaning: "Answered with 304 from what is stored, as is If-Modified-Since.",
    standard: "RFC 9110 section 13.1",
    source: "http/conditional.ts",
  },
  {
    name: "If-Match",
    meaning: "With it, as with If-Unmodified-Since, the request is the API's to judge.",
    standard: "RFC 9110 section 13.1",
    source: "http/conditional.ts",
  },
  {
    name: "Range",
    meaning: "Answered in part from the stored whole, beside If-Range.",
    standard: "RFC 9110 section 14.2",
    source: "http/range.ts",
  },
  {
    name: "Accept-Encoding",
    meaning: "Answered in zstd, br, gzip or without coding.",
    standard: "RFC 9110 section 12.5.3",
    source: "respond/negotiated.ts",
  },
  {
    name: "Idempotency-Key",
    meaning:
      "Passed on; with `honoursIdempotencyKey` such a request may be sent again after a failure.",
    standard: "draft-ietf-httpapi-idempotency-key-header",
    source: "try-again.ts",
  },
  {
    name: "traceparent",
    meaning: "The trace that the exchange belongs to; passed on.",
    standard: "W3C Trace Context",
    source: "forward/outbound.ts",
  },
  {
    name: "X-Request-Id",
    meaning: "The exchange's id, where it is harmless; else one is made.",
    standard: "custom",
    source: "identify/request-id.ts",
  },
];

/** Fields of the API's answers that Sluice obeys. */
export const originFields: readonly FieldUse[] = [
  {
    name: "Retry-After",
    meaning:
      "On a 429: how long everybody pauses, in seconds or as a date; bounded by `pause.max`.",
    standard: "RFC 9110 section 10.2.3",
    source: "http/retry-after.ts",
  },
  {
    name: "Cache-Control",
    meaning:
      "How long an answer is fresh and who may store it, unless a route overrides it. Expires and Pragma beside.",
    standard: "RFC 9111",
    source: "http/storable.ts",
  },
  {
    name: "Sluice-Cache-Control",
    meaning: "The same for this cache alone, before CDN-Cache-Control and Cache-Control.",
    standard: "RFC 9213",
    source: "http/targeted.ts",
  },
  {
    name: "CDN-Cache-Control",
    meaning: "The same for shared caches, before Cache-Control.",
    standard: "RFC 9213",
    source: "http/targeted.ts",
  },
  {
    name: "Vary",
    meaning: "Which request fields tell stored answers apart.",
    standard: "RFC 9111 section 4.1",
    source: "http/vary.ts",
  },
  {
    name: "ETag",
    meaning: "Validates a stale answer, as does Last-Modified.",
    standard: "RFC 9110 section 8.8",
    source: "http/storable.ts",
  },
  {
    name: "Age",
    meaning: "How old an answer was when it came.",
    standard: "RFC 9111 section 5.1",
    source: "http/freshness.ts",
  },
  {
    name: "Cache-Groups",
    meaning: "Groups that an answer belongs to.",
    standard: "RFC 9875",
    source: "http/cache-groups.ts",
  },
  {
    name: "Cache-Group-Invalidation",
    meaning: "Groups that a write has made stale.",
    standard: "RFC 9875",
    source: "http/cache-groups.ts",
  },
];
