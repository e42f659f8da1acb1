import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cacheKey,
  dependencies,
  groupName,
  originGroupName,
  originGroupsName,
  pathName,
  prefixName,
  touchedBeside,
  touchedNames,
} from "../../src/lookup/cache-key.ts";

const at = (name: string, url: string) => ({ name, url: new URL(url) });
const API = at("api", "https://billing.example.com/api");
const BASE = { upstream: API, target: "/api/ticket?a=1", fields: ["Accept", "*/*"] };

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
    ["another upstream", { upstream: at("other", API.url.href) }],
    ["another address of it", { upstream: at("api", "https://staging.example.com/api") }],
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

function place(path: string, groups: string[] = []): readonly string[] {
  return dependencies({ upstream: "api", path, groups });
}

describe("dependencies()", () => {
  it("are its path, each prefix of it by whole segments, and its groups", () => {
    expect(place("/a/b", ["g"])).toEqual([
      pathName("api", "/a/b"),
      prefixName("api", "/"),
      prefixName("api", "/a"),
      prefixName("api", "/a/b"),
      groupName("api", "g"),
    ]);
    expect(place("/")).toEqual([pathName("api", ""), prefixName("api", "/")]);
    expect(place("/ab")).not.toContain(prefixName("api", "/a"));
  });

  it("are bounded however deep a path is: prefixes beyond the eighth segment go with that", () => {
    const deep = place("/1/2/3/4/5/6/7/8/9/10");
    expect(deep).toContain(prefixName("api", "/1/2/3/4/5/6/7/8"));
    expect(deep).not.toContain(prefixName("api", "/1/2/3/4/5/6/7/8/9"));
    expect(deep).toHaveLength(10);
  });

  it("leave no two names of different kinds alike", () => {
    const name = fc.stringMatching(/^\/[a-z/]{0,6}$/);
    fc.assert(
      fc.property(name, (one) => {
        const kinds = [pathName, prefixName, groupName, originGroupName].map((kind) =>
          kind("api", one),
        );
        expect(new Set([...kinds, originGroupsName("api")]).size).toBe(5);
      }),
    );
  });
});

describe("touchedBeside()", () => {
  it("names the paths of the answer, its groups, and that some group of the origin was touched", () => {
    expect(touchedBeside("api", { paths: ["/t/6/"], groups: ["g"] })).toEqual([
      pathName("api", "/t/6"),
      originGroupName("api", "g"),
      originGroupsName("api"),
    ]);
  });

  it("leaves the origin's groups alone where the answer names none", () => {
    expect(touchedBeside("api", { paths: [], groups: [] })).toEqual([]);
  });
});

describe("touchedNames()", () => {
  const touch = { upstream: "api", path: "/ticket/5/", invalidates: ["tickets"] };

  it("of a write: its path and its groups, known before it is sent", () => {
    expect(touchedNames({ ...touch, method: "PUT" })).toEqual([
      pathName("api", "/ticket/5"),
      groupName("api", "tickets"),
    ]);
  });

  it("of a read: groups alone, where its route has some", () => {
    expect(touchedNames({ ...touch, method: "GET" })).toEqual([groupName("api", "tickets")]);
  });

  it("meets what a stored response depends on, and nothing of another upstream", () => {
    const touched = touchedNames({ ...touch, method: "DELETE" });
    const depends = (upstream: string, path: string, groups: string[]): boolean =>
      dependencies({ upstream, path, groups }).some((name) => touched.includes(name));
    expect(depends("api", "/ticket/5", [])).toBe(true);
    expect(depends("api", "/ticket", ["tickets"])).toBe(true);
    expect(depends("api", "/ticket/55", [])).toBe(false);
    expect(depends("other", "/ticket/5", ["tickets"])).toBe(false);
  });
});
