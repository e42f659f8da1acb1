/*
 * What a status code means to a cache.
 */

/**
 * Never kept, however long the origin would have it last. 206 and 304 are parts of an answer (RFC 9111 sections 3.3,
 * 3.4), 412, 413, 414 and 416 judge one request's own fields, 400, 401 and 403 may be about the gateway's own
 * credential, and "Responses with the 428 [429, 431, 511] status code MUST NOT be stored by a cache" (RFC 6585).
 */
const NEVER = new Set([206, 304, 400, 401, 403, 412, 413, 414, 416, 428, 429, 431, 511]);

/**
 * Of these, what section 3 lets a cache keep that understands it: a part by itself (section 3.3), and what a request
 * gets whenever it comes as it is. Only where the upstream's `liberal` says so: before a metered API a 400 may be about
 * the gateway's own credential, and a part is answered from the stored whole.
 */
const LIBERAL = new Set([206, 400, 414]);

/** Final statuses whose meaning is known here, those of RFC 9110 section 15 that may be stored. */
const UNDERSTOOD = new Set([
  200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 305, 307, 308, 400, 402, 404, 405, 406,
  407, 408, 409, 410, 411, 414, 415, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
]);

/** "heuristically cacheable" (RFC 9110 section 15.1), less parts. */
const GUESSED = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/**
 * True for what may not be stored in any case: interim answers, parts, and judgements of one request; with `liberal`
 * only what the RFCs forbid, or what may be about the gateway's own credential.
 */
export function neverStored(status: number, liberal: boolean): boolean {
  return status < 200 || (NEVER.has(status) && !(liberal && LIBERAL.has(status)));
}

/** True where must-understand may be obeyed (RFC 9111 section 5.2.2.3). */
export function isUnderstood(status: number): boolean {
  return UNDERSTOOD.has(status);
}

/** True where a lifetime may be guessed without `public` (RFC 9111 section 4.2.2). */
export function mayBeGuessed(status: number): boolean {
  return GUESSED.has(status);
}

/** Which of a route's lifetimes covers a status: an error is never made to last, but what is not there may be. */
export function takesRoutesLifetime(status: number): "good" | "negative" | "never" {
  if ([200, 203, 204, 300, 301, 308].includes(status)) return "good";
  return status === 404 || status === 410 ? "negative" : "never";
}

/**
 * True for an answer in place of which a stale one may be used: "an error is any situation that would result in a
 * 500, 502, 503, or 504 HTTP response status code being returned" (RFC 5861 section 4).
 */
export function countsAsError(status: number): boolean {
  return [500, 502, 503, 504].includes(status);
}
