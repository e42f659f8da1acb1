import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Problem } from "../src/http/problem.ts";
import { complaint, refuseConnection } from "../src/refuse.ts";

describe("complaint()", () => {
  it.each([
    ["HPE_HEADER_OVERFLOW", "fields-too-large", "limits.fieldBytes"],
    ["ERR_HTTP_REQUEST_TIMEOUT", "bad-request", "limits.head"],
    ["HPE_INVALID_METHOD", "bad-request", "HTTP/1.1"],
    [undefined, "bad-request", "HTTP/1.1"],
  ])("makes of %s the problem %s, which names %s", (code, type, words) => {
    const problem = complaint(code);
    expect(problem.type).toBe(type);
    expect(problem.details.detail).toContain(words);
  });
});

describe("refuseConnection()", () => {
  it("writes one whole answer with a problem document, and ends the connection", async () => {
    const socket = new PassThrough();
    refuseConnection(socket, new Problem("bad-request", { detail: "why" }));
    const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
    expect(JSON.parse(body)).toMatchObject({ status: 400, detail: "why" });
  });
});
