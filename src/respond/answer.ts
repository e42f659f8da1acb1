import type { Readable } from "node:stream";
import { chooseCoding, type Coding } from "../http/accept-encoding.ts";
import { entityTags, plainTags, sameWeakly } from "../http/entity-tag.ts";
import { ageSeconds } from "../http/freshness.ts";
import { notModified } from "../http/conditional.ts";
import {
  fieldLines,
  fieldValue,
  withField,
  withoutFields,
  type RawFields,
} from "../http/fields.ts";
import { Problem, problemTypes } from "../http/problem.ts";
import { answerRange } from "../http/range.ts";
import { encodeStored } from "./encode.ts";
import { mayBeCoded, negotiatedFields } from "./negotiated.ts";
import { partOf, unsatisfiable } from "./part.ts";
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
  /** True: the body came in a content coding, which was undone. Absent: it has not come from the upstream just now. */
  readonly wasCoded?: boolean;
}

/** The part of a request that decides in which form it is answered. */
export interface Asking {
  readonly method: string;
  readonly fields: RawFields;
}

/** How a stored response is told. */
export interface Telling {
  /** Absent: it has just come, and its age is the origin's to tell. */
  readonly ageMs: number | undefined;
  /** The upstream's setting: whether the gateway codes bodies itself. */
  readonly coding: "own" | "pass";
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
 * Answers from a stored response, which may be this exchange's own: whole in a coding that the client accepts, in
 * part, or with 304. Preconditions are judged before Range (RFC 9110 section 13.2.2), and against the entity tag
 * that the body would be sent with. Parts are of the body without coding. A promise where a large body has to be
 * coded first.
 */
export function answerFromStored(
  stored: StoredResponse,
  request: Asking,
  { ageMs, coding }: Telling,
): Answer | Promise<Answer> {
  const { status, reason, body } = stored;
  const { fields, chosen, range } = formOf(stored, request, { ageMs, coding });
  const etag = fieldLines(fields, "etag")[0] ?? stored.etag;
  if (notModified(conditionsOn(etag, request.fields), { ...stored, etag })) {
    const bare = withoutFields(fields, (name) => OF_THE_BODY.has(name));
    return { status: 304, reason: "", fields: bare, body: null };
  }
  if (range.kind === "part") return partOf({ fields, body }, range);
  if (range.kind === "unsatisfiable") return unsatisfiable(fields, range.contentRange);
  const head = { status, reason, fields };
  return chosen === "identity" ? { ...head, body } : withBody(head, encodeStored(stored, chosen));
}

/** An answer once its body is coded. */
export function withBody(
  head: Omit<Answer, "body">,
  body: Uint8Array | Promise<Uint8Array>,
): Answer | Promise<Answer> {
  return body instanceof Promise
    ? body.then((bytes) => ({ ...head, body: bytes }))
    : { ...head, body };
}

/**
 * The request's fields without tags of codings other than the one that is sent: a 304 names the representation that
 * it speaks of, and a cache that holds another would find nothing to freshen (RFC 9111 section 4.3.4).
 */
function conditionsOn(etag: string, fields: RawFields): RawFields {
  const tags = fieldValue(fields, "if-none-match");
  if (tags === undefined || tags.trim() === "*") return fields;
  const fitting = entityTags(tags).filter((tag) => plainTags(tag) === tag || sameWeakly(tag, etag));
  return withField(fields, "If-None-Match", fitting.join(", "));
}

/** Which part of a stored response is sent, in which coding, with which fields. */
interface Form {
  readonly fields: RawFields;
  readonly chosen: Coding;
  readonly range: ReturnType<typeof answerRange>;
}

function formOf(stored: StoredResponse, request: Asking, { ageMs, coding }: Telling): Form {
  const fields = toldFields(stored, { ageMs, coding });
  // "GET is the only method for which range handling is defined" (RFC 9110 section 14.2).
  const range: Form["range"] =
    request.method === "GET" ? answerRange(stored, request.fields) : { kind: "whole" };
  if (coding === "pass" || !mayBeCoded({ ...stored, fields }, stored.body.byteLength)) {
    return { fields, chosen: "identity", range };
  }
  const accepted = fieldValue(request.fields, "accept-encoding");
  const chosen = range.kind === "whole" ? chooseCoding(accepted) : "identity";
  return { fields: negotiatedFields(fields, chosen), chosen, range };
}

/**
 * What was stored with its age, its entity tag, an instant and a word for the caches further down. Where the upstream's
 * codings pass, its tags do, and none is made for a body that may be one of several codings.
 */
function toldFields(stored: StoredResponse, { ageMs, coding }: Telling): RawFields {
  const aged =
    ageMs === undefined
      ? stored.fields
      : withField(stored.fields, "Age", String(ageSeconds(ageMs)));
  const needed = coding === "own" && fieldLines(aged, "etag").length === 0;
  const tagged = needed ? withField(aged, "ETag", stored.etag) : aged;
  return withDate(withCacheControl(tagged), stored.receivedAt);
}

/** "A recipient with a clock that receives a response message without a Date [...] MUST record the time it was received" (RFC 9110 section 6.6.1). */
function withDate(fields: RawFields, receivedAt: number): RawFields {
  return fieldLines(fields, "date").length > 0
    ? fields
    : withField(fields, "Date", new Date(receivedAt).toUTCString());
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
