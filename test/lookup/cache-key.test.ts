import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cacheKey,
  dependencies,
  groupName,
  pathName,
  touchedNames,
} from "../../src/lookup/cache-key.ts";

const BASE = { upstream: "api", target: "/api/ticket?a=1", fields: ["Accept", "*/*"] };

describe("cacheKey()", () => {
  it("is the same for what the upstream could not tell apart", () => {
    const lines = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.string()), { maxLength: 5 });
    fc.assert(
      fc.property(lines, (pairs) => {
        const upper = pairs.map(([name, value]) => [name.toUpperCase(), value]);
        expect(cacheKey({ ...BASE, fields: upper.toReversed().flat() })).toBe(
          cacheKey({ ...BASE, fields: pairs.flat() }),
        );
      }),
    );
  });

  it.each([
    ["another upstream", { upstream: "other" }],
    ["another target", { target: "/api/ticket?a=2" }],
    ["another order of arguments", { target: "/api/ticket?" }],
    ["another value of a field", { fields: ["Accept", "text/html"] }],
    ["one field more", { fields: ["Accept", "*/*", "X-A", ""] }],
    ["a value that only looks like a further line", { fields: ["Accept", "*/*\nx-a: "] }],
  ])("differs for %s", (_what, change) => {
    expect(cacheKey({ ...BASE, ...change })).not.toBe(cacheKey(BASE));
  });

  it("shows nothing of what it is made of (P9)", () => {
    expect(cacheKey({ ...BASE, target: "/api?token=secret" })).toMatch(/^[\w-]{43}$/);
  });
});

describe("touchedNames()", () => {
  const touch = { upstream: "api", path: "/ticket/5/", invalidates: ["tickets"], paths: ["/t/6"] };

  it("of a write: its path, what its answer names and its groups", () => {
    expect(touchedNames({ ...touch, method: "PUT" })).toEqual([
      pathName("api", "/ticket/5"),
      pathName("api", "/t/6"),
      groupName("api", "tickets"),
    ]);
  });

  it("of a read: groups alone, where its route has some", () => {
    expect(touchedNames({ ...touch, method: "GET" })).toEqual([groupName("api", "tickets")]);
  });

  it("meets what a stored response depends on, and nothing of another upstream", () => {
    const touched = touchedNames({ ...touch, method: "DELETE" });
    const depends = (upstream: string, path: string, groups: string[]): boolean =>
      dependencies(upstream, path, groups).some((name) => touched.includes(name));
    expect(depends("api", "/ticket/5", [])).toBe(true);
    expect(depends("api", "/ticket", ["tickets"])).toBe(true);
    expect(depends("api", "/ticket/55", [])).toBe(false);
    expect(depends("other", "/ticket/5", ["tickets"])).toBe(false);
  });
});
