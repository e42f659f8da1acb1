import type { Readable } from "node:stream";
import { ageSeconds } from "../http/freshness.ts";
import { notModified } from "../http/conditional.ts";
import { fieldLines, withField, withoutFields, type RawFields } from "../http/fields.ts";
import { Problem, problemTypes } from "../http/problem.ts";
import type { StoredResponse } from "../http/stored-response.ts";

/** What a client is answered with, before the gateway's own fields. */
export interface Answer {
  readonly status: number;
  /** `""`: the standard phrase. */
  readonly reason: string;
  readonly fields: RawFields;
  readonly body: Readable | Uint8Array | null;
  /** Known once a streamed body has ended. */
  readonly trailers?: () => RawFields;
}

/** Fields that a 304 need not repeat (RFC 9110 section 15.4.5): those of a body that it does not have. */
const OF_THE_BODY = new Set([
  "content-encoding",
  "content-language",
  "content-length",
  "content-range",
  "content-type",
  "last-modified",
]);

/**
 * Answers from a stored response, which may be this exchange's own. `ageMs` absent: it has just come, and
 * its age is the origin's to tell.
 */
export function answerFromStored(
  stored: StoredResponse,
  requestFields: RawFields,
  ageMs: number | undefined,
): Answer {
  const aged =
    ageMs === undefined
      ? stored.fields
      : withField(stored.fields, "Age", String(ageSeconds(ageMs)));
  const tagged = fieldLines(aged, "etag").length > 0 ? aged : withField(aged, "ETag", stored.etag);
  const fields = withCacheControl(tagged);
  if (notModified(requestFields, stored)) {
    const bare = withoutFields(fields, (name) => OF_THE_BODY.has(name));
    return { status: 304, reason: "", fields: bare, body: null };
  }
  return { status: stored.status, reason: stored.reason, fields, body: stored.body };
}

/**
 * What downstream caches are told: what the origin said or, where it said nothing, that the answer is
 * private, since it was given to a consumer with a key. A route's override never widens it.
 */
function withCacheControl(fields: RawFields): RawFields {
  return fieldLines(fields, "cache-control").length > 0
    ? fields
    : withField(fields, "Cache-Control", "private");
}

/** A problem document (RFC 9457); its texts are safe for the consumer. */
export function answerFromProblem(
  problem: Problem,
  requestId: string,
): Answer & { readonly body: Uint8Array } {
  const { detail, retryAfterSeconds, members } = problem.details;
  const document = {
    type: `urn:sluice:problem:${problem.type}`,
    title: problemTypes[problem.type].title,
    status: problem.status,
    detail,
    instance: `urn:sluice:exchange:${encodeURIComponent(requestId)}`,
    ...members,
  };
  return {
    status: problem.status,
    reason: "",
    fields: [
      "Content-Type",
      "application/problem+json",
      "Cache-Control",
      "no-store",
      ...(retryAfterSeconds === undefined ? [] : ["Retry-After", String(retryAfterSeconds)]),
      // The rest of the body is not read.
      ...(problem.status === 413 ? ["Connection", "close"] : []),
      ...(problem.status === 401 ? ["WWW-Authenticate", 'Bearer realm="sluice"'] : []),
    ],
    body: Buffer.from(`${JSON.stringify(document, null, 2)}\n`),
  };
}

/** Whatever went wrong, as a problem; what nobody foresaw is `internal`, and its text is for the log alone. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("internal", {
    detail: "The gateway failed on this request. Its log has the reason under the request's id.",
    operatorNote: String(error),
    cause: error,
  });
}
