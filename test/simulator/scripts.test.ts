import { describe, expect, it } from "vitest";
import { Scripts } from "./scripts.ts";

describe("Scripts", () => {
  it.each(
    [
      ["GET /ticket/:id", "GET", "/ticket/5", true],
      ["GET /ticket/:id", "GET", "/ticket/5/notes", true],
      ["GET /ticket/:id", "GET", "/ticket", false],
      ["GET /ticket/:id", "PUT", "/ticket/5", false],
      ["GET /ticket", "HEAD", "/ticket", false],
      ["/report", "DELETE", "/report/7", true],
      ["/report", "GET", "/reports", false],
      ["/a/b", "GET", "/a//b/", true],
      ["GET /", "GET", "/anything", true],
      ["PUT /", "GET", "/anything", false],
      [undefined, "POST", "/anything/at/all", true],
    ].map(([match, method, path, meant]) => ({ match, method, path, meant })),
  )("$match is meant for $method $path: $meant", ({ match, method, path, meant }) => {
    const scripts = new Scripts();
    scripts.add({ ...(match === undefined ? {} : { match: String(match) }), status: 500 });
    expect(scripts.take(String(method), String(path))).toEqual(meant ? { status: 500 } : {});
  });

  it("uses a script up once, or as often as it says", () => {
    const scripts = new Scripts();
    scripts.add({ status: 500 });
    scripts.add({ status: 503, times: 2 });
    const taken = Array.from({ length: 5 }, () => scripts.take("GET", "/a").status);
    expect(taken).toEqual([500, 503, 503, undefined, undefined]);
  });

  it("takes the first that matches, and leaves the others for later", () => {
    const scripts = new Scripts();
    scripts.add({ match: "PUT /", status: 501 });
    scripts.add({ match: "/a", status: 502 });
    scripts.add({ status: 503 });
    const order = [scripts.take("GET", "/a"), scripts.take("GET", "/a"), scripts.take("PUT", "/b")];
    expect(order.map(({ status }) => status)).toEqual([502, 503, 501]);
  });

  it("clear() forgets all", () => {
    const scripts = new Scripts();
    scripts.add({ status: 500, times: 9 });
    scripts.clear();
    expect(scripts.take("GET", "/")).toEqual({});
  });
});
