import { Readable } from "node:stream";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/forward/decode.ts";

const TEXT = JSON.stringify({ tickets: Array.from({ length: 50 }, (_, id) => ({ id })) });

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

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
    expect(await textOf(body)).toBe(TEXT);
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

  it.each([
    ["cut", gzipSync(TEXT).subarray(0, 40)],
    ["damaged", Buffer.from("no gzip at all")],
  ])("fails the body that is %s, and does not end it", async (_how, bytes) => {
    const { body } = decode(["Content-Encoding", "gzip"], Readable.from([bytes]));
    await expect(textOf(body)).rejects.toThrow(/unexpected end|incorrect header/);
  });
});
