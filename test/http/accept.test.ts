import { describe, expect, it } from "vitest";
import { accepts } from "../../src/http/accept.ts";

const JSON_TYPES = ["application/json", "application/problem+json"];

describe("accepts()", () => {
  it.each([
    ["no Accept", [], true],
    ["the type", ["Accept", "application/json"], true],
    ["the type in another letter case", ["accept", "Application/JSON"], true],
    ["the second type", ["Accept", "application/problem+json"], true],
    ["the type among others", ["Accept", "text/html, application/json;q=0.1"], true],
    ["the type on a second line", ["Accept", "text/html", "Accept", "application/json"], true],
    ["the type with a parameter", ["Accept", "application/json; charset=utf-8; q=0.9"], true],
    ["everything", ["Accept", "text/html, */*; q=0.01"], true],
    ["every kind of it", ["Accept", "application/*"], true],
    ["another type", ["Accept", "text/html"], false],
    ["every kind of another", ["Accept", "text/*, image/*"], false],
    ["a type that begins alike", ["Accept", "application/json-seq"], false],
    ["the type at quality 0", ["Accept", "application/json;q=0"], false],
    ["the type at quality 0.000", ["Accept", "application/json ;\tQ=0.000"], false],
    ["the type at quality 0.001", ["Accept", "application/json;q=0.001"], true],
    ["everything at quality 0", ["Accept", "*/*;q=0"], false],
    ["the type, and everything else at quality 0", ["Accept", "application/json, */*;q=0"], true],
    [
      "the one, though not others of its kind",
      ["Accept", "application/json, application/*;q=0"],
      true,
    ],
  ])("judges a client that takes %s (RFC 9110 section 12.5.1)", (_what, fields, taken) => {
    expect(accepts(fields, JSON_TYPES)).toBe(taken);
  });

  it("gives the most specific range precedence (RFC 9110 section 12.5.1)", () => {
    for (const wide of ["*/*", "application/*"]) {
      const fields = ["Accept", `${wide}, application/json;q=0`];
      expect(accepts(fields, ["application/json"])).toBe(false);
      expect(accepts(fields, JSON_TYPES)).toBe(true);
    }
  });

  it("is true where the route names no type", () => {
    expect(accepts(["Accept", "text/html"], [])).toBe(true);
  });
});
