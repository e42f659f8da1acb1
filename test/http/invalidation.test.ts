import { describe, expect, it } from "vitest";
import { isSafe, locationPaths, mayHaveChanged } from "../../src/http/invalidation.ts";

const ASKED = new URL("http://api.example:8080/api/ticket/7?x=1");

describe("isSafe()", () => {
  it.each(["GET", "HEAD", "OPTIONS", "TRACE"])(
    "is true for %s (RFC 9110 section 9.2.1)",
    (method) => {
      expect(isSafe(method)).toBe(true);
    },
  );

  it.each(["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY", "", "get", "Get", "constructor"])(
    "is false for %j, since methods are case-sensitive and the unknown may write",
    (method) => {
      expect(isSafe(method)).toBe(false);
    },
  );
});

describe("mayHaveChanged()", () => {
  it.each([undefined, 200, 201, 204, 303, 400, 404, 409, 500, 502, 503, 504])(
    "is true after %s: it was done, or nobody knows (RFC 9111 section 4.4)",
    (status) => {
      expect(mayHaveChanged(status)).toBe(true);
    },
  );

  it("is false after a 429, which was not processed", () => {
    expect(mayHaveChanged(429)).toBe(false);
  });
});

describe("locationPaths()", () => {
  it.each([
    { fields: [], paths: [] },
    { fields: ["Location", "/api/ticket/8"], paths: ["/api/ticket/8"] },
    { fields: ["location", "http://api.example:8080/a?b#c"], paths: ["/a"] },
    { fields: ["Content-Location", "8"], paths: ["/api/ticket/8"] },
    { fields: ["Location", "../user/1"], paths: ["/api/user/1"] },
    {
      fields: ["Location", "/a", "Content-Location", "/b", "Location", "/c"],
      paths: ["/a", "/c", "/b"],
    },
    { fields: ["Location", "HTTP://API.example:8080/a"], paths: ["/a"] },
    { fields: ["Location", "/%61pi/%7euser/%c3%a9"], paths: ["/api/~user/%C3%A9"] },
  ])("reads $fields as $paths (RFC 9111 section 4.4)", ({ fields, paths }) => {
    expect(locationPaths(fields, ASKED)).toEqual(paths);
  });

  it.each([
    "http://evil.example/api/ticket/8",
    "//evil.example/api/ticket/8",
    "https://api.example:8080/a",
    "http://api.example/a",
    "http://api.example:8080@evil.example/a",
    "javascript:alert(1)",
    "data:,x",
    "http://[",
  ])("gives nothing for %s, lest another origin empties the cache (RFC 9111 section 4.4)", (to) => {
    expect(locationPaths(["Location", to], ASKED)).toEqual([]);
  });
});
