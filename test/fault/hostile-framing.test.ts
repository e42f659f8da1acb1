import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";
import { sendRaw } from "../support/raw-client.ts";

/*
 * Requests whose end, target or host can be read in two ways. What counts is what the upstream saw: nothing, or one
 * request that anybody would read in the same way.
 */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const HEAD = "Host: g\r\nConnection: close\r\n";
const chunked = (body: string, fields = "Transfer-Encoding: chunked\r\n"): string =>
  `POST /api/user HTTP/1.1\r\n${HEAD}${fields}\r\n${body}`;
const sized = (fields: string): string => `POST /api/user HTTP/1.1\r\n${HEAD}${fields}\r\n\r\nabc`;
const get = (fields: string, end = "\r\n"): string =>
  [
    "GET /api/user/1 HTTP/1.1",
    "Host: g",
    ...fields.split("\r\n"),
    "Connection: close",
    "",
    "",
  ].join(end);
const WHOLE = "3\r\nabc\r\n0\r\n\r\n";

/** Requests that reached the upstream since the last look. */
let looked = 0;
function forwarded(): string[] {
  const all = world.simulator.arrivals();
  const fresh = all.slice(looked).map(({ method, target, bodyText }) => {
    const path = target.replace(/^\/api/, "").replace("?apikey=sim-key", "");
    return `${method} ${path}${bodyText === "" ? "" : ` ${bodyText}`}`;
  });
  looked = all.length;
  return fresh;
}

describe("a request whose framing is in doubt", () => {
  it.each([
    [
      "Content-Length and Transfer-Encoding",
      chunked("0\r\n\r\nG", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"),
    ],
    [
      "Transfer-Encoding and Content-Length",
      chunked("0\r\n\r\nG", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n"),
    ],
    ["Transfer-Encoding in HTTP/1.0", chunked(WHOLE).replace("1.1", "1.0")],
    ["two lengths that agree", sized("Content-Length: 3\r\nContent-Length: 3")],
    ["two lengths that do not", sized("Content-Length: 3\r\nContent-Length: 4")],
    ["a list of lengths", sized("Content-Length: 3, 3")],
    ["a length with a sign", sized("Content-Length: +3")],
    ["a negative length", sized("Content-Length: -3")],
    ["a hexadecimal length", sized("Content-Length: 0x3")],
    ["a length beyond 64 bits", sized("Content-Length: 99999999999999999999999")],
    ["bare line feeds", get("X: a", "\n")],
    ["one bare line feed", get("X: a\nY: b")],
    ["a bare carriage return", get("X: a\rY: b")],
    ["a folded field", get("X: a\r\n b")],
    ["a blank before the colon", get("X : a")],
    ["a field without a name", get(": a")],
    ["a NUL in a field", get("X: a\0b")],
    ["a coding within the chunks", chunked(WHOLE, "Transfer-Encoding: gzip, chunked\r\n")],
    [
      "identity before chunked",
      chunked(WHOLE, "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
    ],
    [
      "chunked twice",
      chunked(WHOLE, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    ],
    ["chunked, then identity", chunked(WHOLE, "Transfer-Encoding: chunked, identity\r\n")],
    ["xchunked", chunked(WHOLE, "Transfer-Encoding: xchunked\r\n")],
    ["chunked in quotes", chunked(WHOLE, 'Transfer-Encoding: "chunked"\r\n')],
    ["a vertical tab before chunked", chunked(WHOLE, "Transfer-Encoding: \u000Bchunked\r\n")],
    ["an empty Transfer-Encoding", chunked(WHOLE, "Transfer-Encoding: \r\n")],
    ["a chunk size with 0x", chunked("0x3\r\nabc\r\n0\r\n\r\n")],
    ["a negative chunk size", chunked("-3\r\nabc\r\n0\r\n\r\n")],
    ["a chunk size beyond 64 bits", chunked("fffffffffffffffffff\r\nabc\r\n0\r\n\r\n")],
    ["a chunk that is longer than its size", chunked("3\r\nabcdef\r\n0\r\n\r\n")],
    ["line feeds alone between chunks", chunked("3\nabc\n0\n\n")],
    ["an extension that ends in a line feed", chunked("3;a\nabc\r\n0\r\n\r\n")],
    ["an extension without end", chunked(`3;${"a".repeat(40_000)}\r\nabc\r\n0\r\n\r\n`)],
    ["a GET with a body", get("Content-Length: 3").concat("abc")],
    ["a GET with an empty chunked body", get("Transfer-Encoding: chunked").concat("0\r\n\r\n")],
    ["a length among the trailers", chunked("3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n")],
    ["an expectation that is not known", sized("Expect: magic\r\nContent-Length: 3")],
  ])("is refused with a problem document and not forwarded: %s", async (_what, bytes) => {
    const { statuses, text, closed } = await sendRaw(world.base, bytes);
    expect({ statuses, closed, forwarded: forwarded() }).toEqual({
      statuses: [400],
      closed: true,
      forwarded: [],
    });
    expect(text).toContain("urn:sluice:problem:bad-request");
  });

  it("is read once where a body holds what looks like a request", async () => {
    const hidden = "GET /api/user/666 HTTP/1.1\r\nHost: g\r\n\r\n";
    const put = `PUT /api/user/1 HTTP/1.1\r\nHost: g\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`;
    const { statuses } = await sendRaw(world.base, `${put}${get("X: 1")}`);
    expect(statuses).toEqual([200, 200]);
    const seen = forwarded();
    expect(seen).toHaveLength(2);
    expect(seen).toContain(`PUT /user/1 ${hidden}`);
    expect(seen).toContain("GET /user/1");
  });

  it("loses what hides in extensions and trailers, and keeps the body", async () => {
    const body = '3;x="y"\r\nabc\r\n0\r\nX-Api-Key: k\r\nAuthorization: a\r\n\r\n';
    expect((await sendRaw(world.base, chunked(body))).statuses).toEqual([200]);
    expect(forwarded()).toEqual(["POST /user abc"]);
    expect(world.simulator.arrivals().at(-1)?.fields.join("\n")).not.toMatch(
      /x-api-key|authorization/i,
    );
  });

  it("takes no answer away from whole requests before it, and gets none among theirs", async () => {
    const one = "PUT /api/user/1 HTTP/1.1\r\nHost: g\r\nContent-Length: 1\r\n\r\nx";
    const { statuses, text, closed } = await sendRaw(world.base, `${one.repeat(5)}GARBAGE\r\n\r\n`);
    expect({ statuses, closed }).toEqual({ statuses: [200, 200, 200, 200, 200], closed: true });
    expect(text).not.toContain("urn:sluice:problem:");
    expect(forwarded()).toEqual(Array.from({ length: 5 }, () => "PUT /user/1 x"));
  });

  it("is not read where the request before it said that it is the last", async () => {
    const { statuses } = await sendRaw(world.base, `${get("X: 1")}${get("X: 2")}`);
    expect(statuses).toEqual([200]);
    expect(forwarded()).toEqual(["GET /user/1"]);
  });
});

describe("a request whose target or host is a trick", () => {
  it.each([
    ["two Hosts", "GET /api/user/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400],
    ["no Host", "GET /api/user/1 HTTP/1.1\r\n", 400],
    ["a Host with a path", "GET /api/user/1 HTTP/1.1\r\nHost: a/b\r\n", 400],
    ["a Host with a user", "GET /api/user/1 HTTP/1.1\r\nHost: a@b\r\n", 400],
    ["the authority form", "GET evil.example:80 HTTP/1.1\r\nHost: g\r\n", 400],
    ["another scheme", "GET ftp://g/api/user/1 HTTP/1.1\r\nHost: g\r\n", 400],
    ["an absolute form without a path", "GET http://evil.example HTTP/1.1\r\nHost: g\r\n", 400],
    ["an absolute form outside the mounts", "GET http://g/other/1 HTTP/1.1\r\nHost: g\r\n", 404],
    ["two slashes and a host", "GET //evil.example/api/user/1 HTTP/1.1\r\nHost: g\r\n", 400],
    ["CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: g\r\n", 405],
    ["TRACE", "TRACE /api/user/1 HTTP/1.1\r\nHost: g\r\n", 405],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n", 400],
    ["HTTP/0.9", "GET /api/user/1\r\n", 400],
    ["HTTP/1.2", "GET /api/user/1 HTTP/1.2\r\nHost: g\r\n", 400],
    ["a method that nobody knows", "FROB /api/user/1 HTTP/1.1\r\nHost: g\r\n", 400],
    ["a method in lower case", "get /api/user/1 HTTP/1.1\r\nHost: g\r\n", 400],
    ["a dot segment", "GET /api/ticket/../user/1 HTTP/1.1\r\nHost: g\r\n", 400],
    ["an encoded one", "GET /api/ticket/%2e%2E/user/1 HTTP/1.1\r\nHost: g\r\n", 400],
    ["one with a parameter", "GET /api/ticket/..;x=1/user HTTP/1.1\r\nHost: g\r\n", 400],
    ["one behind an encoded slash", "GET /api/ticket/..%2fuser HTTP/1.1\r\nHost: g\r\n", 400],
    ["a way out of the mount", "GET /api/..%2f..%2fadmin HTTP/1.1\r\nHost: g\r\n", 400],
    ["a dot in an overlong encoding", "GET /api/%c0%ae%c0%ae/user HTTP/1.1\r\nHost: g\r\n", 400],
    ["a slash in an overlong encoding", "GET /api/a%e0%80%afb HTTP/1.1\r\nHost: g\r\n", 400],
    ["an encoded NUL", "GET /api/user/1%00.css HTTP/1.1\r\nHost: g\r\n", 400],
    ["a backslash", "GET /api\\user HTTP/1.1\r\nHost: g\r\n", 400],
    ["an encoded backslash", "GET /api/ticket%5c..%5cuser HTTP/1.1\r\nHost: g\r\n", 400],
    ["a broken escape", "GET /api/user/%%32%65 HTTP/1.1\r\nHost: g\r\n", 400],
    ["a fragment", "GET /api/user/1#/../2 HTTP/1.1\r\nHost: g\r\n", 400],
    ["a tab in the target", "GET /api/user/1\tx HTTP/1.1\r\nHost: g\r\n", 400],
    ["a mount with more letters", "GET /apifoo/user/1 HTTP/1.1\r\nHost: g\r\n", 404],
    ["a mount in capitals", "GET /API/user/1 HTTP/1.1\r\nHost: g\r\n", 404],
  ])("is refused with a problem document and not forwarded: %s", async (_what, head, status) => {
    const { statuses, text } = await sendRaw(world.base, `${head}Connection: close\r\n\r\n`);
    expect({ statuses, forwarded: forwarded() }).toEqual({ statuses: [status], forwarded: [] });
    expect(text).toContain("urn:sluice:problem:");
  });

  it.each([
    ["an absolute form", "GET http://evil.example/api/user/1 HTTP/1.1", "/user/1"],
    ["a user in it", "GET http://u:p@evil.example/api/user/1 HTTP/1.1", "/user/1"],
    ["an escape of an escape", "GET /api/user/%252e%252e HTTP/1.1", "/user/%252e%252e"],
    ["encoded line ends", "GET /api/user/1%0d%0aX:1 HTTP/1.1", "/user/1%0D%0AX:1"],
    [
      "encoded line ends in the query",
      "GET /api/user/1?a=%0d%0aX:1 HTTP/1.1",
      "/user/1?a=%0d%0aX:1",
    ],
  ])("reaches the configured upstream as it is read here: %s", async (_what, line, target) => {
    const { statuses } = await sendRaw(world.base, `${line}\r\n${HEAD}\r\n`);
    expect(statuses).toHaveLength(1);
    const [arrival] = world.simulator.arrivals().slice(-1);
    const joint = target.includes("?") ? "&" : "?";
    expect(arrival?.target).toBe(`/api${target}${joint}apikey=sim-key`);
    expect(arrival?.fields.join("\n")).not.toMatch(/evil/);
    looked = world.simulator.arrivals().length;
  });

  it("is an ordinary request where it asks for an upgrade, which the upstream does not hear of", async () => {
    const fields = "Upgrade: websocket\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    const head = `GET /api/user/1 HTTP/1.1\r\nHost: g\r\nConnection: Upgrade, HTTP2-Settings, close\r\n${fields}`;
    const { statuses } = await sendRaw(world.base, `${head}\r\n`);
    expect(statuses).toEqual([200]);
    expect(forwarded()).toEqual(["GET /user/1"]);
    expect(world.simulator.arrivals().at(-1)?.fields.join("\n")).not.toMatch(/upgrade|http2/i);
  });
});
