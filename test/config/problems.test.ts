import { describe, expect, it } from "vitest";
import { ConfigError, kindOf, shown } from "../../src/config/problems.ts";

const SECRET = "s3cret-0123456789";

describe("shown()", () => {
  it.each([
    ["listen.port", 70_000, "70000"],
    ["open", "maybe", '"maybe"'],
    ["log.level", null, "null"],
    ["store.prefix", "a b\n", '"a b\\n"'],
    ["consumers.a.weight", true, "true"],
  ])("shows at %s what was found", (path, value, found) => {
    expect(shown(path, value)).toEqual({ found });
  });

  it("shows nothing where nothing was found, and of a long text the beginning", () => {
    expect(shown("open", undefined)).toEqual({});
    const { found = "" } = shown("open", "x".repeat(1000));
    expect([found.length, found.slice(-4)]).toEqual([80, "x..."]);
  });

  it.each([
    ["consumers.a.key", SECRET],
    ["consumers.a.key", { nested: SECRET }],
    ["upstreams.a.keys.0.value", [SECRET]],
    ["admin.token", SECRET],
    ["store.redis", `redis://:${SECRET}@host`],
    ["upstreams.a.keys", [{ value: SECRET }]],
    ["consumers.a", { key: SECRET }],
    ["upstreams.a.url", `https://host/api?apikey=${SECRET}`],
    ["upstreams.a.url", `https://user:${SECRET}@host/api`],
    ["upstreams.a.url", `https://host/#${SECRET}`],
    ["upstreams.a.mount", `apikey=${SECRET}`],
  ])("shows at %s nothing of what is or may hold a secret", (path, value) => {
    const { found = "" } = shown(path, value);
    expect(found).toMatch(/^\(a /);
    expect(found).not.toContain(SECRET);
  });
});

describe("kindOf()", () => {
  it.each([
    [null, "(nothing)"],
    [[1], "(a list)"],
    [{ a: 1 }, "(a mapping)"],
    [SECRET, "(a text)"],
    [12_345_678, "(a number)"],
    [true, "(a boolean)"],
  ])("says of %j no more than its kind", (value, kind) => {
    expect(kindOf(value)).toBe(kind);
  });
});

describe("ConfigError", () => {
  it("names the file and carries every problem", () => {
    const problems = [
      { path: "a", problem: "is missing" },
      { path: "b", problem: "is missing" },
    ];
    const error = new ConfigError("x.yaml", problems);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message]).toEqual(["ConfigError", "x.yaml has 2 problem(s)."]);
    expect(error.problems).toEqual(problems);
  });
});
