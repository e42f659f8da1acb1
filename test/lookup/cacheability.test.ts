import { describe, expect, it } from "vitest";
import { cacheability } from "../../src/lookup/cacheability.ts";
import { route, upstream } from "../support/settings.ts";

const policy = {
  lifetimeMs: 1000,
  override: false,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  mediaTypes: ["application/json"],
  errorEnvelope: [],
};
const listed = route({ cache: policy });
const generic = upstream({ unlistedGets: "origin" });

describe("cacheability()", () => {
  it.each([
    ["GET", []],
    ["HEAD", []],
    ["GET", ["If-None-Match", '"a"']],
    ["GET", ["Accept", "text/html, */*;q=0.1"]],
  ])("lets %s %j be stored and joined on a route that says so", (method, fields) => {
    const question = { method, fields, route: listed, upstream: generic };
    expect(cacheability(question)).toEqual({ kind: "cacheable", policy, collapse: true });
  });

  it.each([
    ["POST", [], "method"],
    ["OPTIONS", [], "method"],
    ["GET", ["Cache-Control", "no-store"], "bypass"],
    ["GET", ["If-Match", '"a"'], "bypass"],
    ["GET", ["If-Unmodified-Since", "x"], "bypass"],
    ["GET", ["Accept", "text/html"], "bypass"],
  ])("sends %s %j by it even there: %s", (method, fields, reason) => {
    const question = { method, fields, route: listed, upstream: generic };
    expect(cacheability(question)).toEqual({ kind: "forward", reason });
  });

  it("of a GET on no such route: left to the origin's fields, and never joined", () => {
    for (const unlisted of [undefined, route()]) {
      const question = { method: "GET", fields: [], route: unlisted };
      expect(cacheability({ ...question, upstream: generic })).toEqual({
        kind: "cacheable",
        policy: undefined,
        collapse: false,
      });
      // Some GETs of ClientExec pay invoices: its preset forwards whatever is not listed.
      expect(cacheability({ ...question, upstream: upstream() })).toEqual({
        kind: "forward",
        reason: "bypass",
      });
    }
  });
});
