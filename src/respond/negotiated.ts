import type { Coding } from "../http/accept-encoding.ts";
import { parseCacheControl } from "../http/cache-control.ts";
import { codedTag } from "../http/entity-tag.ts";
import { fieldLines, withField, withoutFields, type RawFields } from "../http/fields.ts";
import { varyNames } from "../http/vary.ts";

/*
 * Which answers are sent in a coding that each client accepts, and what their fields then say. All answers that
 * could have been coded say so, those in identity too, since caches further down must tell the clients apart.
 */

/** A smaller body is one packet in any coding. */
const LEAST_BYTES = 1024;

/** A 206 is bytes of one certain representation; 204 and 304 have none. */
const NEVER_CODED = new Set([204, 206, 304]);

/** Types of text beside `text/*` and those that end in `+json` or `+xml`. */
const TEXTUAL = new Set([
  "application/json",
  "application/xml",
  "application/javascript",
  "application/x-javascript",
  "application/ecmascript",
  "application/graphql",
  "application/x-ndjson",
  "application/x-www-form-urlencoded",
  "application/yaml",
]);

/** The part of an answer that is judged. */
export interface Codable {
  readonly status: number;
  readonly fields: RawFields;
}

/** True where a whole body is to be coded as the client accepts: text of some size that nobody has coded yet. */
export function mayBeCoded(answer: Codable, bodyBytes: number): boolean {
  const type = mediaType(answer.fields);
  const textual = type.startsWith("text/") || TEXTUAL.has(type) || /\+(?:json|xml)$/.test(type);
  return textual && bodyBytes >= LEAST_BYTES && mayBeRecoded(answer);
}

/**
 * True where a body that came coded is to be coded again: its origin found that worth while, whatever the type. An
 * event stream is not, since each of its events must leave whole at once. "A proxy MUST NOT transform the content
 * of a response message that contains a no-transform cache directive" (RFC 9110 section 7.7).
 */
export function mayBeRecoded({ status, fields }: Codable): boolean {
  return (
    !NEVER_CODED.has(status) &&
    mediaType(fields) !== "text/event-stream" &&
    fieldLines(fields, "content-encoding").length === 0 &&
    !parseCacheControl(fieldLines(fields, "cache-control")).has("no-transform")
  );
}

/**
 * The fields of an answer that was negotiated (RFC 9110 section 12.5.3): Vary in any coding, and for a coded body
 * its coding, an entity tag of its own where there is a tag ("each representation's own", section 8.8.3.3), and
 * nothing that is true of the other bytes alone. Ranges are of the body without coding.
 */
export function negotiatedFields(fields: RawFields, coding: Coding): RawFields {
  const varied = withVary(fields);
  if (coding === "identity") return varied;
  const bare = withoutFields(varied, (name) => OF_IDENTITY.has(name));
  const tag = fieldLines(bare, "etag")[0];
  const tagged = tag === undefined ? bare : withField(bare, "ETag", codedTag(tag, coding));
  return [...tagged, "Content-Encoding", coding];
}

/** Lengths and digests are of the bytes sent (RFC 9110 section 8.6, RFC 9530). */
const OF_IDENTITY = new Set([
  "accept-ranges",
  "content-digest",
  "content-length",
  "content-md5",
  "digest",
  "repr-digest",
]);

function withVary(fields: RawFields): RawFields {
  const names = varyNames(fields);
  if (names === "*" || names.includes("accept-encoding")) return fields;
  return withField(fields, "Vary", [...fieldLines(fields, "vary"), "Accept-Encoding"].join(", "));
}

function mediaType(fields: RawFields): string {
  return (fieldLines(fields, "content-type")[0] ?? "").split(";", 1).join("").trim().toLowerCase();
}
