import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolate } from "../../src/config/interpolate.ts";

const environment = { HOST: "example.org", EMPTY: "", YAML: "a: [1]\n- b", NESTED: "${HOST}" };

describe("interpolate()", () => {
  it.each([
    ["${HOST}", "example.org"],
    ["https://${HOST}:${PORT:-8080}/", "https://example.org:8080/"],
    ["${HOST:-other}", "example.org"],
    ["${UNSET:-other}", "other"],
    ["${UNSET:-}", ""],
    ["${EMPTY:-other}", "other"],
    ["${UNSET:-a:-b}", "a:-b"],
    ["$${HOST}", "${HOST}"],
    ["$HOST costs $5", "$HOST costs $5"],
    ["$${ and ${HOST}", "${ and example.org"],
  ])("makes of %j %j", (text, result) => {
    expect(interpolate(text, environment)).toEqual({ value: result, problems: [] });
  });

  it("never lets a value change the document's shape, nor be replaced in turn", () => {
    const { value } = interpolate({ a: "${YAML}", b: ["${NESTED}"] }, environment);
    expect(value).toEqual({ a: "a: [1]\n- b", b: ["${HOST}"] });
  });

  it("leaves names of settings and what is no text as they are", () => {
    const document = { "${HOST}": [1, true, null, 1.5], n: { deep: [] } };
    expect(interpolate(document, environment)).toEqual({ value: document, problems: [] });
  });

  it("tells of every variable that is not set, with its place, and of an empty one", () => {
    const document = { a: "${ONE}${TWO}", list: ["x", { b: "${EMPTY}" }] };
    const { problems } = interpolate(document, environment);
    expect(
      problems.map(({ path, problem }) => [path, /variable (\w+)/.exec(problem)?.[1]]),
    ).toEqual([
      ["a", "ONE"],
      ["a", "TWO"],
      ["list.1.b", "EMPTY"],
    ]);
    expect(problems[0]?.remedy).toBe("Set ONE, or give a default: ${ONE:-default}.");
  });

  it.each(["${toString}", "${constructor}", "${__proto__}", "${hasOwnProperty}"])(
    "takes %s, which every object inherits, for not set",
    (text) => {
      expect(interpolate(text, {}).problems).toHaveLength(1);
    },
  );

  it.each(["${APP-KEY}", "${}", "${1ST}", "${ HOST }", "${HOST", "${HOST:default}", "${HOST-x}"])(
    "tells that %s is no reference, since it would go out as it stands",
    (text) => {
      const { problems } = interpolate({ value: text }, environment);
      expect(problems).toMatchObject([
        { path: "value", problem: "has a ${ that begins no reference" },
      ]);
      expect(JSON.stringify(problems)).not.toContain("APP-KEY");
    },
  );

  it("keeps a name that an object gives a meaning of its own", () => {
    const document: unknown = JSON.parse('{"__proto__": {"a": "${HOST}"}}');
    const { value } = interpolate(document, environment);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":"example.org"}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("puts any value in as it is, and any text back by way of $${", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (secret, text) => {
        expect(interpolate("<${V}>", { V: secret }).value).toBe(`<${secret}>`);
        const escaped = text.replaceAll(/\$*\$\{/g, "").concat("$${V}");
        expect(interpolate(escaped, { V: secret }).value).toBe(escaped.replace("$${", "${"));
      }),
    );
  });
});
