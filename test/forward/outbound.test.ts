import { describe, expect, it } from "vitest";
import { privateOutbound, sharedOutbound } from "../../src/forward/outbound.ts";
import { fieldLines } from "../../src/http/fields.ts";
import { upstream } from "../support/settings.ts";

const FIELDS = [
  ["Accept", "application/json;q=0.9"],
  ["Accept-Language", "de"],
  ["Accept-Encoding", "br"],
  ["Cookie", "session=1"],
  ["Host", "gateway.example"],
  ["X-Forwarded-For", "10.0.0.1"],
  ["Forwarded", "for=10.0.0.1"],
  ["X-Original-URL", "/admin"],
  ["Sluice-Consumer", "sync"],
  ["Idempotency-Key", "i1"],
  ["User-Agent", "axios"],
  ["Range", "bytes=0-1"],
  ["If-None-Match", '"a"'],
  ["X-Tenant", "7"],
].flat();

function source(changes: { path?: string; query?: string; fields?: string[]; base?: string } = {}) {
  const { path = "/ticket", query = "?a=1", fields = FIELDS } = changes;
  const url = new URL(changes.base ?? "http://upstream.example/api");
  return {
    method: "HEAD",
    upstream: upstream({ url, passFields: ["x-tenant"] }),
    path,
    query,
    fields,
  };
}

function names(fields: readonly string[]): string[] {
  return fields.filter((_text, index) => index % 2 === 0);
}

function coding(fields: string[]): string[] {
  return fieldLines(privateOutbound(source({ fields })).fields, "accept-encoding");
}

describe("privateOutbound()", () => {
  it("passes what concerns the API, and nothing that would speak for the gateway's side of it", () => {
    const outbound = privateOutbound(source());
    expect(outbound).toMatchObject({ method: "HEAD", target: "/api/ticket?a=1" });
    expect(names(outbound.fields)).toEqual([
      "Accept",
      "Accept-Language",
      "Idempotency-Key",
      "User-Agent",
      "Range",
      "If-None-Match",
      "X-Tenant",
      "Accept-Encoding",
    ]);
  });

  it("asks for one coding, and for none of a range, whose bytes a coding would change", () => {
    expect([coding([]), coding(["Range", "bytes=0-1"])]).toEqual([["gzip"], ["identity"]]);
  });

  it.each([
    ["http://upstream.example", "", "", "/"],
    // RFC 9112 section 3.2.1: an empty path is sent as "/".
    ["http://upstream.example", "", "?a", "/?a"],
    ["http://upstream.example/", "/x", "", "/x"],
    ["http://upstream.example/api/", "", "?a", "/api?a"],
    ["http://upstream.example/api", "/", "", "/api/"],
  ])("puts %s before %j%j", (...given) => {
    const [base, path, query, target] = given;
    expect(privateOutbound(source({ base, path, query })).target).toBe(target);
  });
});

describe("sharedOutbound()", () => {
  it("is the same for all who may share it: a GET without anything of one client's own", () => {
    const outbound = sharedOutbound(source(), ["application/json", "text/json"]);
    expect(outbound.method).toBe("GET");
    expect(outbound.fields).toEqual([
      "Accept-Language",
      "de",
      "X-Tenant",
      "7",
      "Accept",
      "application/json, text/json",
      "Accept-Encoding",
      "gzip",
      "User-Agent",
      "sluice",
    ]);
  });

  it("leaves Accept to the client where any media type may be stored", () => {
    const { fields } = sharedOutbound(source(), []);
    expect(fieldLines(fields, "accept")).toEqual(["application/json;q=0.9"]);
  });
});
