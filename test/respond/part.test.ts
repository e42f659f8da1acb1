import { describe, expect, it } from "vitest";
import { partOf, unsatisfiable } from "../../src/respond/part.ts";

describe("partOf()", () => {
  it("sends the bytes that were asked for with the fields of a 200 and their range (RFC 9110 section 15.3.7)", () => {
    const fields = ["ETag", '"abc"', "Content-Length", "6", "Content-Type", "text/plain"];
    const digests = ["Content-MD5", "x", "content-digest", "x", "Repr-Digest", "y"];
    const whole = { fields: [...fields, ...digests], body: Buffer.from("abcdef") };
    const part = partOf(whole, { from: 1, to: 3, contentRange: "bytes 1-2/6" });
    expect([part.status, Buffer.from(part.body ?? []).toString()]).toEqual([206, "bc"]);
    expect(part.fields).toEqual([
      "ETag",
      '"abc"',
      "Content-Type",
      "text/plain",
      "Repr-Digest",
      "y",
      "Content-Range",
      "bytes 1-2/6",
    ]);
  });
});

describe("unsatisfiable()", () => {
  it("tells the length that there is, and is kept by nobody (RFC 9110 section 15.5.17)", () => {
    const caching = [
      "Cache-Control",
      "max-age=99",
      "CDN-Cache-Control",
      "max-age=99",
      "Expires",
      "x",
    ];
    const body = ["Content-Type", "text/plain", "ETag", '"abc"', "Last-Modified", "x", "Age", "1"];
    const others = ["Date", "then", "Access-Control-Allow-Origin", "*", "Vary", "Accept"];
    const answer = unsatisfiable([...caching, ...body, ...others], "bytes */6");
    expect([answer.status, answer.body]).toEqual([416, null]);
    const own = ["Cache-Control", "no-store", "Content-Range", "bytes */6"];
    expect(answer.fields).toEqual([...others, ...own]);
  });
});
