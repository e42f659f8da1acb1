import { describe, expect, it } from "vitest";
import { quoted, readReference, readUpstream } from "../../src/operate/reference.ts";

const API = { name: "api", mount: "/api", routes: [] };
const V2 = { name: "v2", mount: "/api/v2", routes: [] };
const BOTH = [API, V2];

describe("readReference()", () => {
  it("takes the mount off a URL as clients see it, and the longest mount wins", () => {
    const choice = { upstreams: BOTH, named: undefined };
    const one = readReference("https://gate.example:8080/api/ticket/5?full=1", choice);
    expect(one).toEqual({ upstream: API, path: "/ticket/5", query: "?full=1" });
    const other = readReference("HTTP://gate/api/v2/ticket", choice);
    expect(other).toEqual({ upstream: V2, path: "/ticket", query: "" });
    expect(readReference("http://gate/api", choice)).toMatchObject({ upstream: API, path: "/" });
  });

  it("reads a path below the mount of the only upstream, or of the named one", () => {
    const only = { upstreams: [API], named: undefined };
    expect(readReference("/ticket", only)).toMatchObject({ upstream: API, path: "/ticket" });
    const named = { upstreams: BOTH, named: "v2" };
    expect(readReference("/ticket", named)).toMatchObject({ upstream: V2, path: "/ticket" });
  });

  it("makes paths canonical, as those of requests are", () => {
    const only = { upstreams: [API], named: undefined };
    expect(readReference("/%74icket/%c3%a9", only)).toMatchObject({ path: "/ticket/%C3%A9" });
  });

  it.each([
    { text: "/ticket", named: undefined, why: "api, v2" },
    { text: "/ticket", named: "v3", why: "No upstream is" },
    { text: "http://gate/elsewhere", named: undefined, why: "/api, /api/v2" },
    { text: "http://gate/apis", named: undefined, why: "below no mount" },
    { text: "http://gate/api/x", named: "v2", why: "is of api" },
    { text: "ticket/5", named: "api", why: "must begin with a slash" },
    { text: "/a/../b", named: "api", why: "dot segment" },
    { text: "/a b", named: "api", why: "percent-encoded" },
  ])("refuses $text of $named and says why", ({ text, named, why }) => {
    const read = readReference(text, { upstreams: BOTH, named });
    expect("refused" in read && read.refused).toContain(why);
  });
});

describe("readUpstream()", () => {
  it("needs no name where there is one upstream", () => {
    expect(readUpstream({ upstreams: [API], named: undefined })).toEqual({ upstream: API });
  });
});

describe("quoted()", () => {
  it("bounds what it repeats", () => {
    expect(quoted("x".repeat(9999)).length).toBeLessThan(220);
    expect(quoted('a"b')).toBe(String.raw`"a\"b"`);
  });
});
