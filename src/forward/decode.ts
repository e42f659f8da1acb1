import { pipeline, Transform, type Readable } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";
import { fieldLines, withoutFields, type RawFields } from "../http/fields.ts";

/** Beside the coding itself, what no longer holds once it is undone. */
const OF_THE_CODING = new Set(["content-encoding", "content-length", "content-md5", "digest"]);

const DECODERS: ReadonlyMap<string, () => Transform> = new Map([
  ["gzip", () => createGunzip()],
  ["x-gzip", () => createGunzip()],
  ["deflate", () => createInflate()],
  ["br", () => createBrotliDecompress()],
  ["zstd", () => createZstdDecompress()],
]);

/** Codings in one answer; one with more is taken for an attack and broken off. */
const MOST_CODINGS = 4;

/** A body without content coding, and the fields that are true of it. */
export interface Decoded {
  readonly fields: RawFields;
  readonly body: Readable;
}

/**
 * Undoes the content coding of an answer (RFC 9110 section 8.4), so that the key can be masked and every
 * client served. A coding that is not known passes as it is. A damaged body fails the returned stream.
 */
export function decode(fields: RawFields, body: Readable): Decoded {
  let decoded = body;
  for (const make of decodersOf(fields)) {
    // The error is the reader's to see, on the stream that it holds; there may be no reader yet, or any more.
    const decoder = make().on("error", () => {});
    decoded = pipeline(decoded, decoder, () => {});
  }
  return { fields: uncoded(fields), body: decoded };
}

/** The fields as they are once the body is decoded; as they came where it is not. */
export function uncoded(fields: RawFields): RawFields {
  return decodersOf(fields).length === 0
    ? fields
    : withoutFields(fields, (name) => OF_THE_CODING.has(name));
}

/** What undoes the codings, last one first; empty where there is none or one is not known. */
function decodersOf(fields: RawFields): (() => Transform)[] {
  const codings = fieldLines(fields, "content-encoding")
    .flatMap((line) => line.split(","))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
  if (codings.length > MOST_CODINGS) return [refusing];
  const decoders = codings.toReversed().flatMap((coding) => DECODERS.get(coding) ?? []);
  return decoders.length === codings.length ? decoders : [];
}

/** Fails whatever it is given: what cannot be read cannot be masked. */
function refusing(): Transform {
  return new Transform({
    transform(_chunk, _encoding, done) {
      done(new Error(`The answer has more than ${MOST_CODINGS} content codings.`));
    },
  });
}
