import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRoutePattern } from "../../src/config/route-pattern.ts";

describe("parseRoutePattern()", () => {
  it.each([
    { text: "GET /ticket/:id", methods: ["GET"], path: "/ticket/:id" },
    { text: "POST|PUT|DELETE /ticket/**", methods: ["POST", "PUT", "DELETE"], path: "/ticket/**" },
    { text: "* /a/*/b", methods: [], path: "/a/*/b" },
    { text: "/x.json", methods: [], path: "/x.json" },
    { text: "  GET \t /  ", methods: ["GET"], path: "/" },
    { text: "/**", methods: [], path: "/**" },
  ])("reads $text", ({ text, methods, path }) => {
    expect(parseRoutePattern(text)).toEqual({ methods, path });
  });

  it("reads the parameters that a query must have", () => {
    expect(parseRoutePattern("GET /api.php?call=getClients&list=all%20active")).toEqual({
      methods: ["GET"],
      path: "/api.php",
      query: [
        { name: "call", value: "getClients" },
        { name: "list", value: "all active" },
      ],
    });
  });

  it.each([
    ["", "begins with a slash"],
    ["GET", "begins with a slash"],
    ["GET ticket", "begins with a slash"],
    ["https://h/api", "begins with a slash"],
    ["get /ticket", "upper case"],
    ["GET| /ticket", "upper case"],
    ["GET,POST /ticket", "upper case"],
    ["*|GET /ticket", "upper case"],
    ["/ticket GET", "upper case"],
    ["GET POST /ticket", "a method and a path"],
    ["GET /a b", "a method and a path"],
    ["GET /a/:", "a path segment is"],
    ["GET /a/:1", "a path segment is"],
    ["GET /a/:id.json", "a path segment is"],
    ["GET /a*", "a path segment is"],
    ["GET /a?", "a query is"],
    ["GET /a?call", "a query is"],
    ["GET /a?call=", "a query is"],
    ["GET /a?=b", "a query is"],
    ["GET /a/***", "a path segment is"],
    ["GET /**/a", "at the end of a path only"],
    ["GET /**/**", "at the end of a path only"],
  ])("says why %j is none", (text, why) => {
    const said = parseRoutePattern(text);
    expect(typeof said === "string" ? said.toLowerCase() : said).toContain(why);
  });

  it("reads what it has read again alike", () => {
    const segment = fc.constantFrom("ticket", ":id", "*", "a-b.c", "%20");
    const parts = fc.tuple(fc.subarray(["GET", "POST", "PURGE"]), fc.array(segment), fc.boolean());
    fc.assert(
      fc.property(parts, ([methods, segments, rest]) => {
        const path = `/${[...segments, ...(rest ? ["**"] : [])].join("/")}`;
        const text = `${methods.join("|") || "*"} ${path}`;
        expect(parseRoutePattern(text)).toEqual({ methods, path });
      }),
    );
  });
});
