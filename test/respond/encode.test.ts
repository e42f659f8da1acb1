import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  zstdDecompressSync,
} from "node:zlib";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { encode, encoder, encodeStored } from "../../src/respond/encode.ts";
import { storedResponse } from "../support/stored-response.ts";

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
const STREAMS = { gzip: createGunzip, br: createBrotliDecompress, zstd: createZstdDecompress };
const CODINGS = ["gzip", "br", "zstd"] as const;

describe("encode()", () => {
  it.each(CODINGS)("codes a body in %s, smaller and the same when decoded", async (coding) => {
    for (const body of [Buffer.from("abc ".repeat(500)), Buffer.from("abcd".repeat(50_000))]) {
      const coded = await encode(body, coding);
      expect(coded.byteLength).toBeLessThan(body.byteLength / 5);
      expect(DECODERS[coding](coded).equals(body)).toBe(true);
    }
  });

  it("codes up to 64 kB at once, and more beside the event loop", () => {
    expect(encode(new Uint8Array(65_536), "zstd")).toBeInstanceOf(Uint8Array);
    expect(encode(new Uint8Array(65_537), "zstd")).toBeInstanceOf(Promise);
  });
});

describe("encoder()", () => {
  it.each(CODINGS)("lets each chunk out in %s before the next one comes", async (coding) => {
    const stream = encoder(coding);
    const read = stream.pipe(STREAMS[coding]());
    for (const chunk of ["first chunk", "second chunk"]) {
      stream.write(chunk);
      const [arrived] = (await once(read, "data")) as [Buffer];
      expect(arrived.toString()).toBe(chunk);
    }
    stream.end("the last");
    expect((await buffer(read)).toString()).toBe("the last");
  });
});

describe("encodeStored()", () => {
  it("codes a stored body once a coding", () => {
    const stored = storedResponse({ body: Buffer.from("abc ".repeat(500)) });
    const coded = encodeStored(stored, "gzip");
    expect(encodeStored(stored, "gzip")).toBe(coded);
    expect(encodeStored(stored, "br")).not.toBe(coded);
    expect(encodeStored({ ...stored }, "gzip")).not.toBe(coded);
  });

  it("codes a large one once, for all who ask meanwhile and after", async () => {
    const stored = storedResponse({ body: new Uint8Array(100_000) });
    const first = encodeStored(stored, "zstd");
    expect(encodeStored(stored, "zstd")).toBe(first);
    const bytes = await first;
    expect(encodeStored(stored, "zstd")).toBe(bytes);
  });
});
