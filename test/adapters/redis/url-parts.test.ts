import { describe, expect, it } from "vitest";
import { addressOf, credentials, withoutBrackets } from "../../../src/adapters/redis/url-parts.ts";

describe("addressOf()", () => {
  it.each([
    ["a", { host: "a", port: 6379 }],
    ["a.test:1", { host: "a.test", port: 1 }],
    [" [::1]:3 ", { host: "::1", port: 3 }],
  ])("reads %j", (text, wanted) => {
    expect(addressOf(text, 6379)).toEqual(wanted);
  });

  it.each(["", "a:x", "a:1:2"])("refuses %j", (text) => {
    expect(() => addressOf(text, 6379)).toThrow("not an address");
  });
});

describe("credentials()", () => {
  it("are decoded, and left out where they are empty", () => {
    expect(credentials("us%3Aer", "p%40ss")).toEqual({ username: "us:er", password: "p@ss" });
    expect(credentials("", "")).toEqual({});
    expect(() => credentials("", "%zz")).toThrow(URIError);
  });
});

describe("withoutBrackets()", () => {
  it("leaves names as they are", () => {
    expect([withoutBrackets("[::1]"), withoutBrackets("a.test")]).toEqual(["::1", "a.test"]);
  });
});
