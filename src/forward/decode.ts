import { pipeline, Readable } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";
import { fieldLines, withoutFields, type RawFields } from "../http/fields.ts";

/** Beside the coding itself, what no longer holds once it is undone. */
const OF_THE_CODING = new Set(["content-encoding", "content-length", "content-md5", "digest"]);

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
  const codings = fieldLines(fields, "content-encoding")
    .flatMap((line) => line.split(","))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
  const decoders = codings.toReversed().map(decoderFor);
  if (decoders.length === 0 || decoders.includes(undefined)) return { fields, body };
  let decoded: Readable = body;
  for (const decoder of decoders) {
    // The error is the reader's to see, on the stream that it holds; there may be no reader yet, or any more.
    if (decoder)
      decoded = pipeline(
        decoded,
        decoder.on("error", () => {}),
        () => {},
      );
  }
  return { fields: withoutFields(fields, (name) => OF_THE_CODING.has(name)), body: decoded };
}

function decoderFor(coding: string) {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    case "zstd":
      return createZstdDecompress();
    default:
      return undefined;
  }
}
