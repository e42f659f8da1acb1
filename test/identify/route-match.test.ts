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
    expect(matchRoute([one, two, three], { method: "GET", path: "/a", query: "" })).toBe(two);
    expect(matchRoute([one, two], { method: "GET", path: "/b", query: "" })).toBeUndefined();
  });

  it.each([
    ["?call=getClients", true],
    ["?page=2&call=getClients&id=1", true],
    ["?c%61ll=get%43lients", true],
    ["", false],
    ["?call=deleteClient", false],
    ["?call=getclients", false],
    // PHP takes the last of two, and reads these names as `call` too.
    ["?call=getClients&call=deleteClient", false],
    ["?call=getClients&call[]=deleteClient", false],
    ["?call=getClients&%20call=deleteClient", false],
    ["?call[]=getClients", false],
    ["?x=1?call=getClients", false],
  ])("with a required parameter takes %j: %s", (query, expected) => {
    const required = [{ name: "call", value: "getClients" }];
    const reads = route({ match: { methods: ["GET"], path: "/api.php", query: required } });
    const found = matchRoute([reads], { method: "GET", path: "/api.php", query });
    expect(found === reads).toBe(expected);
  });
});
