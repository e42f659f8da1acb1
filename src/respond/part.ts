import { withField, withoutFields, type RawFields } from "../http/fields.ts";

/** An answer to a Range: a part of a body, or none. */
export interface PartialAnswer {
  readonly status: 206 | 416;
  readonly reason: "";
  readonly fields: RawFields;
  readonly body: Uint8Array | null;
}

/** Which bytes were asked for: from the first up to, not including, the last. */
export interface Part {
  readonly from: number;
  readonly to: number;
  /** `bytes 0-99/1234` */
  readonly contentRange: string;
}

/** Digests of the content would be those of all of it; Repr-Digest holds for parts as well (RFC 9530 section 2). */
const OF_THE_WHOLE = new Set(["content-digest", "content-length", "content-md5", "content-range"]);

/** What a 416 has nothing to say about: it is no representation. */
const OF_A_REPRESENTATION = /^(?:content-(?!security-policy)|last-modified$|etag$|age$|expires$)/;

/** 206 (RFC 9110 section 15.3.7): the fields that a 200 would have had, its range, and these bytes alone. */
export function partOf(
  { fields, body }: { readonly fields: RawFields; readonly body: Uint8Array },
  { from, to, contentRange }: Part,
): PartialAnswer {
  const kept = withoutFields(fields, (name) => OF_THE_WHOLE.has(name));
  return {
    status: 206,
    reason: "",
    fields: withField(kept, "Content-Range", contentRange),
    body: body.subarray(from, to),
  };
}

/** 416 (RFC 9110 section 15.5.17), with the length that there is, and kept by nobody. */
export function unsatisfiable(fields: RawFields, contentRange: string): PartialAnswer {
  const bare = withoutFields(
    fields,
    (name) => OF_A_REPRESENTATION.test(name) || name.endsWith("cache-control"),
  );
  return {
    status: 416,
    reason: "",
    fields: [...bare, "Cache-Control", "no-store", "Content-Range", contentRange],
    body: null,
  };
}
