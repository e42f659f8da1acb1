import { describe, expect, it } from "vitest";
import { cacheability } from "../../src/lookup/cacheability.ts";
import { cachePolicy, route, unlistedGets, upstream } from "../support/settings.ts";

const policy = cachePolicy({ lifetimeMs: 1000, mediaTypes: ["application/json"] });
const listed = route({ cache: policy });
const terms = unlistedGets();
const generic = upstream({ unlistedGets: terms });

describe("cacheability()", () => {
  it.each([
    ["GET", []],
    ["HEAD", []],
    ["GET", ["If-None-Match", '"a"']],
    ["GET", ["Range", "bytes=0-1"]],
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

  it.each([undefined, route()])(
    "leaves a GET on no such route to the origin's fields, and never joins it",
    (unlisted) => {
      const question = { method: "GET", fields: [], route: unlisted };
      expect(cacheability({ ...question, upstream: generic })).toEqual({
        kind: "cacheable",
        policy: terms,
        collapse: false,
      });
      // Some GETs of ClientExec pay invoices: its preset forwards whatever is not listed.
      expect(cacheability({ ...question, upstream: upstream() })).toEqual({
        kind: "forward",
        reason: "bypass",
      });
    },
  );

  it("answers alone whoever takes nothing that may be stored, on no route as well", () => {
    const json = upstream({ unlistedGets: unlistedGets({ mediaTypes: ["application/json"] }) });
    const question = { method: "GET", route: undefined, upstream: json };
    const forPeople = cacheability({ ...question, fields: ["Accept", "text/html"] });
    expect(forPeople).toEqual({ kind: "forward", reason: "bypass" });
    expect(cacheability({ ...question, fields: [] }).kind).toBe("cacheable");
  });
});
