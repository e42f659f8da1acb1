import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directiveMs, parseCacheControl } from "../../src/http/cache-control.ts";

describe("parseCacheControl()", () => {
  it.each([
    { line: "", read: {} },
    { line: " , ,, ", read: {} },
    { line: "no-store", read: { "no-store": "" } },
    { line: "No-Store,MAX-AGE=60", read: { "no-store": "", "max-age": "60" } },
    { line: 'max-age="60"', read: { "max-age": "60" } },
    { line: "max-age = 60 ,\tpublic", read: { "max-age": "60", public: "" } },
    { line: "max-age=", read: { "max-age": "" } },
    { line: 'private="a, no-store", public', read: { private: "a, no-store", public: "" } },
    {
      line: String.raw`x="a\", no-store, \\", y`,
      read: { x: String.raw`a", no-store, \ `.trim(), y: "" },
    },
    { line: "max-age=1, max-age=9", read: { "max-age": "1" } },
    {
      line: "__proto__=1, constructor",
      read: Object.fromEntries([
        ["__proto__", "1"],
        ["constructor", ""],
      ]),
    },
  ])("reads $line (RFC 9111 section 5.2)", ({ line, read }) => {
    expect([...parseCacheControl([line])]).toEqual(Object.entries(read));
  });

  it("reads several lines as one", () => {
    const read = parseCacheControl(["public", "max-age=5, private", "max-age=9"]);
    expect(Object.fromEntries(read)).toEqual({ public: "", "max-age": "5", private: "" });
  });

  it.each([
    'foo="bar, no-store',
    'max-age="60, no-store',
    'foo="\\", no-store',
    '"no-store"',
    "max-age=60 no-store",
    "=, no-store",
    "x==y,,no-store",
    'x=a"b, no-store',
    "no-store=nonsense",
    "no-store ; x",
    "max-age=60;no-store",
    "max-age=60; no-store=x",
  ])("lets nothing malformed hide no-store: %s", (line) => {
    expect(parseCacheControl([line]).has("no-store")).toBe(true);
  });

  it("finds every directive of a list that is well formed, whatever stands around it", () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9a-zA-Z]{1,8}$/);
    const text = fc.stringMatching(/^[ ,;=a-z"\\]{0,8}$/);
    const directive = fc.tuple(token, fc.option(fc.oneof(token, text)), fc.boolean());
    fc.assert(
      fc.property(
        fc.uniqueArray(directive, { selector: ([name]) => name.toLowerCase() }),
        (all) => {
          const written = all.map(([name, argument, quote]) => {
            if (argument === null) return name;
            const bare = !quote && /^[\w.-]+$/.test(argument);
            return `${name}=${bare ? argument : `"${argument.replaceAll(/["\\]/g, String.raw`\$&`)}"`}`;
          });
          const expected = all.map(([name, argument]) => [name.toLowerCase(), argument ?? ""]);
          expect([...parseCacheControl([written.join(" ,  ")])]).toEqual(expected);
        },
      ),
    );
  });
});

describe("directiveMs()", () => {
  it.each([
    ["public", undefined],
    ["max-age=0", 0],
    ["max-age=60", 60_000],
    ['max-age="060"', 60_000],
    ["max-age=2147483648", 2 ** 31 * 1000],
    ["max-age=99999999999999999999999999", 2 ** 31 * 1000],
    ["max-age", 0],
    ["max-age=-1", 0],
    ["max-age=1.5", 0],
    ["max-age=1e3", 0],
    ["max-age='60'", 0],
    ["max-age=60s", 0],
    ['max-age="60', 0],
    ["max-age=\u0663", 0],
  ])("reads %s as %s ms, and what is no number as stale (RFC 9111 section 4.2.1)", (line, ms) => {
    expect(directiveMs(parseCacheControl([line]), "max-age")).toBe(ms);
  });
});
