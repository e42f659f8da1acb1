import { describe, expect, it } from "vitest";
import { matches, matchRoute } from "../../src/identify/route-match.ts";
import { route } from "../support/settings.ts";

describe("matches()", () => {
  it.each([
    ["/ticket/:id", "/ticket/5", true],
    ["/ticket/:id", "/ticket/5/", true],
    ["/ticket/:id", "/ticket", false],
    ["/ticket/:id", "/ticket/5/notes", false],
    ["/ticket/*", "/ticket/5", true],
    ["/ticket/**", "/ticket/5/notes", true],
    ["/ticket/**", "/ticket", true],
    ["/ticket/**", "/tickets", false],
    ["/**", "/", true],
    ["/ticket", "/Ticket", false],
  ])("%s over %s: %s", (path, asked, expected) => {
    expect(matches({ methods: ["GET"], path }, "GET", asked)).toBe(expected);
  });

  it.each([
    [[], "DELETE", true],
    [["GET"], "HEAD", true],
    [["HEAD"], "HEAD", true],
    [["HEAD"], "GET", false],
    [["POST", "PUT"], "PUT", true],
    [["POST", "PUT"], "GET", false],
  ])("methods %j cover %s: %s", (methods, method, expected) => {
    expect(matches({ methods, path: "/**" }, method, "/x")).toBe(expected);
  });
});

describe("matchRoute()", () => {
  it("takes the first that matches", () => {
    const one = route({ name: "one", match: { methods: ["POST"], path: "/a" } });
    const two = route({ name: "two", match: { methods: [], path: "/a" } });
    const three = route({ name: "three" });
    expect(matchRoute([one, two, three], "GET", "/a")).toBe(two);
    expect(matchRoute([one, two], "GET", "/b")).toBeUndefined();
  });
});
