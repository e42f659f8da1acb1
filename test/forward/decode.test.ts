import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/forward/decode.ts";

const TEXT = JSON.stringify({ tickets: Array.from({ length: 50 }, (_, id) => ({ id })) });

describe("decode()", () => {
  it.each([
    ["gzip", gzipSync(TEXT)],
    ["X-GZIP", gzipSync(TEXT)],
    ["deflate", deflateSync(TEXT)],
    ["br", brotliCompressSync(TEXT)],
    ["zstd", zstdCompressSync(TEXT)],
    ["br, gzip", gzipSync(brotliCompressSync(TEXT))],
    ["identity", Buffer.from(TEXT)],
  ])("undoes %s", async (coding, bytes) => {
    const { body } = decode(["Content-Encoding", coding], Readable.from([bytes]));
    expect(await text(body)).toBe(TEXT);
  });

  it("takes away the fields that were true of the coding alone", () => {
    const fields = ["Content-Encoding", "gzip", "Content-Length", "9", "ETag", '"a"'];
    expect(decode(fields, Readable.from([])).fields).toEqual(["ETag", '"a"']);
  });

  it("passes what it does not know as it is", async () => {
    const fields = ["Content-Encoding", "gzip, compress"];
    const source = Readable.from([Buffer.from("opaque")]);
    const decoded = decode(fields, source);
    expect([decoded.fields, decoded.body]).toEqual([fields, source]);
  });

  it("fails what has more codings than anybody would give it, and keeps nothing of it", async () => {
    const fields = ["Content-Encoding", Array.from({ length: 5 }, () => "gzip").join(", ")];
    const { body } = decode(fields, Readable.from([Buffer.from("opaque")]));
    await expect(text(body)).rejects.toThrow("more than 4 content codings");
  });

  it.each([
    ["cut", gzipSync(TEXT).subarray(0, 40)],
    ["damaged", Buffer.from("no gzip at all")],
  ])("fails the body that is %s, and does not end it", async (_how, bytes) => {
    const { body } = decode(["Content-Encoding", "gzip"], Readable.from([bytes]));
    await expect(text(body)).rejects.toThrow(/unexpected end|incorrect header/);
  });
});
