import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { encode, encoder, encodeStored } from "../../src/respond/encode.ts";
import { storedResponse } from "../support/stored-response.ts";

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
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
    stream.write("first chunk");
    const [begin] = (await once(stream, "data")) as [Buffer];
    expect(begin.length).toBeGreaterThan(0);
    const rest = buffer(stream);
    stream.end(" and the last");
    const whole = Buffer.concat([begin, await rest]);
    expect(DECODERS[coding](whole).toString()).toBe("first chunk and the last");
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
