import { describe, expect, it } from "vitest";
import {
  privateOutbound,
  sharedOutbound,
  type OutboundSource,
} from "../../src/forward/outbound.ts";
import { codedTag } from "../../src/http/entity-tag.ts";
import { fieldLines } from "../../src/http/fields.ts";
import { route, upstream } from "../support/settings.ts";
import type { Upstream } from "../../src/ports/settings.ts";

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

function source(changes: Partial<OutboundSource> & { base?: string } = {}): OutboundSource {
  const { base = "http://upstream.example/api", ...rest } = changes;
  return {
    method: "HEAD",
    upstream: upstream({ url: new URL(base), passFields: ["x-tenant"] }),
    route: undefined,
    path: "/ticket",
    query: "?a=1",
    fields: FIELDS,
    ...rest,
  };
}

/** The same request before an upstream without keys, to which some fields pass. */
function varied(varyFields: string[], changes: Partial<Upstream> = {}): OutboundSource {
  return source({ upstream: upstream({ keys: [], varyFields, ...changes }) });
}

function names(fields: readonly string[]): string[] {
  return fields.filter((_text, index) => index % 2 === 0);
}

function codings(asked: OutboundSource): string[] {
  return fieldLines(privateOutbound(asked).fields, "accept-encoding");
}

/** A condition as it is sent to an upstream whose answers are coded here, or pass as they are. */
function condition(coding: "own" | "pass", name: string, value: string): string | undefined {
  const asked = { ...varied([], { coding }), fields: [name, value] };
  return fieldLines(privateOutbound(asked).fields, name)[0];
}

/** The range that goes with a shared request before a liberal upstream, and never into its key. */
function rangeOf(fields: string[], changes: Partial<Upstream> = {}, method = "GET"): string[] {
  const upstreams = { coding: "pass", liberal: true, ...changes } as const;
  const outbound = sharedOutbound({ ...varied([], upstreams), method, fields }, []);
  expect(names(outbound.keyFields)).not.toContain("Range");
  return fieldLines(outbound.fields, "range");
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
    const asked = [[], ["Range", "bytes=0-1"]].map((fields) => codings(source({ fields })));
    expect(asked).toEqual([["gzip"], ["identity"]]);
  });

  it("passes what is named for Vary, and with * all that is not the connection's", () => {
    const some = names(privateOutbound(varied(["cookie", "x-forwarded-for"])).fields);
    expect(some).toContain("Cookie");
    expect(some).toContain("X-Forwarded-For");
    expect(some).not.toContain("Forwarded");
    const fields = [...FIELDS, "Content-Length", "1", "Expect", "100-continue"];
    const all = names(privateOutbound({ ...varied(["*"]), fields }).fields);
    expect(names(FIELDS).filter((name) => !all.includes(name))).toEqual(["Host"]);
    expect(all).not.toContain("Content-Length");
    expect(all).not.toContain("Expect");
    expect(all.filter((name) => name === "Accept-Encoding")).toHaveLength(1);
  });

  it("lets the client's own Accept-Encoding pass with its coded bodies, and adds none", () => {
    const passing = varied([], { coding: "pass" });
    expect(codings(passing)).toEqual(["br"]);
    expect(codings({ ...passing, fields: [] })).toEqual([]);
    // Named or not, with codings of Sluice's own the upstream is asked for one.
    expect(codings(varied(["accept-encoding", "*"]))).toEqual(["identity"]);
  });

  it("gives the origin its own entity tags back, without what Sluice added for a coding", () => {
    for (const name of ["If-Match", "If-None-Match", "If-Range"]) {
      expect(condition("own", name, codedTag('"a"', "gzip"))).toBe('"a"');
      // Where codings pass, Sluice adds nothing to a tag: whatever it looks like, it is the origin's.
      expect(condition("pass", name, codedTag('"a"', "gzip"))).toBe(codedTag('"a"', "gzip"));
    }
    expect(condition("own", "If-Range", "Tue, 24 Nov 2026 10:00:00 GMT")).toBe(
      "Tue, 24 Nov 2026 10:00:00 GMT",
    );
  });

  it.each([
    ["GET", "?page=2"],
    ["HEAD", "?page=2"],
    ["POST", "?x=1&page=2"],
  ])("drops of a %s what its route does not know (traps 7 and 25): %s", (method, sent) => {
    const query = { known: ["page"], ignored: [], sorted: false };
    const asked = { method, query: "?x=1&page=2", route: route({ query }) };
    expect(privateOutbound(source(asked)).target).toBe(`/api/ticket${sent}`);
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

  it("sends the query by which stored responses are told apart (traps 7 and 25)", () => {
    const query = { ignored: ["utm"], sorted: true };
    const asked = source({ query: "?b=1&utm=x&a=2", route: route({ query }) });
    expect(sharedOutbound(asked, []).target).toBe("/api/ticket?a=2&b=1");
  });

  it("keys by everything that is sent, where nothing is left to Vary (trap 9)", () => {
    const { fields, keyFields } = sharedOutbound(source(), []);
    expect(keyFields).toEqual(fields);
    expect(names(fields)).not.toContain("Cookie");
    expect(names(fields)).not.toContain("Forwarded");
  });

  it("sends what is left to Vary, and keys by the rest", () => {
    const varyFields = ["cookie", "accept-language", "user-agent"];
    const { fields, keyFields } = sharedOutbound(varied(varyFields), []);
    expect(names(fields)).toEqual([
      "Accept-Language",
      "Cookie",
      "User-Agent",
      "Accept",
      "Accept-Encoding",
    ]);
    expect(names(keyFields)).toEqual(["Accept", "Accept-Encoding"]);
    expect(fieldLines(fields, "user-agent")).toEqual(["axios"]);
  });

  it("keys by passFields in spite of *, and sends nothing that is answered from what is stored", () => {
    const upstreams = { passFields: ["x-tenant"], coding: "pass" } as const;
    const { fields, keyFields } = sharedOutbound(varied(["*"], upstreams), []);
    expect(keyFields).toEqual(["X-Tenant", "7"]);
    const left = names(FIELDS).filter((name) => !names(fields).includes(name));
    expect(left).toEqual(["Host", "Range", "If-None-Match"]);
    expect(fieldLines(fields, "accept-encoding")).toEqual(["br"]);
  });

  it("leaves a Range to the origin where the upstream is liberal and nothing hangs on it (RFC 9111 section 3.3)", () => {
    const range = ["Range", "bytes=0-1"];
    expect(rangeOf(range)).toEqual(["bytes=0-1"]);
    expect(rangeOf(range, { varyFields: ["*"] })).toEqual(["bytes=0-1"]);
    // A part of another body would be taken for one of that which the client has.
    expect(rangeOf([...range, "If-Range", '"a"'])).toEqual([]);
    expect(rangeOf([...range, "If-None-Match", '"a"'])).toEqual([]);
    expect(rangeOf([...range, ...range])).toEqual([]);
    expect(rangeOf(range, {}, "HEAD")).toEqual([]);
    expect(rangeOf(range, { coding: "own" })).toEqual([]);
    expect(rangeOf(range, { liberal: false })).toEqual([]);
  });

  it("asks for the media types that may be stored, whatever is left to Vary", () => {
    const { fields, keyFields } = sharedOutbound(varied(["*"]), ["application/json"]);
    expect(fieldLines(fields, "accept")).toEqual(["application/json"]);
    expect(fieldLines(keyFields, "accept")).toEqual(["application/json"]);
  });
});
