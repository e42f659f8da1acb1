import { describe, expect, it } from "vitest";
import { framingFault } from "../../src/http/framing.ts";

const fault = (fields: string[], httpVersion = "1.1"): string | undefined =>
  framingFault({ httpVersion, fields });
const HOST = ["Host", "g"];

describe("framingFault()", () => {
  it.each([
    [HOST],
    [[...HOST, "Transfer-Encoding", "chunked"]],
    [[...HOST, "transfer-encoding", " CHUNKED "]],
    [[...HOST, "Content-Length", "3"]],
  ])("finds nothing wrong with %j", (fields) => {
    expect(fault(fields)).toBeUndefined();
  });

  it.each([
    [["Host", "a", "host", "b"], "more than one Host"],
    [["Host", "a", "host", "a"], "more than one Host"],
    [[], "no Host"],
    [[...HOST, "Transfer-Encoding", "gzip, chunked"], "is chunked"],
    [[...HOST, "Transfer-Encoding", "identity", "Transfer-Encoding", "chunked"], "is chunked"],
    [[...HOST, "Transfer-Encoding", ""], "is chunked"],
  ])("says what is wrong with %j", (fields, words) => {
    expect(fault(fields)).toContain(words);
  });

  it("asks HTTP/1.0 for no Host, and takes no chunks from it (RFC 9112 section 6.1)", () => {
    expect(fault([], "1.0")).toBeUndefined();
    expect(fault(["Transfer-Encoding", "chunked"], "1.0")).toContain("HTTP/1.0");
  });
});
