import { createRequire } from "node:module";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directiveMs, parseCacheControl } from "../../src/http/cache-control.ts";

/** undici's own reading, which it does not export by name: a second opinion. */
const undici = createRequire(import.meta.url)("undici/lib/util/cache.js") as {
  parseCacheControlHeader(lines: string[]): Record<string, unknown>;
};

/** A directive's name in one of three letter cases. */
function cased(name: string): fc.Arbitrary<string> {
  const capital = name.replace(/^./, (first) => first.toUpperCase());
  return fc.constantFrom(name, name.toUpperCase(), capital);
}

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

describe("parseCacheControl() beside undici's parser", () => {
  const timed = ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"];
  const bare = ["no-store", "no-cache", "private", "public", "must-revalidate", "must-understand"];
  const seconds = fc.nat(10_000_000).chain((n) => fc.constantFrom(`=${n}`, `="${n}"`));
  const directive = fc.oneof(
    fc.constantFrom(...bare).chain((name) => cased(name).map((text) => ({ name, text }))),
    fc
      .tuple(fc.constantFrom(...timed), seconds)
      .chain(([name, tail]) => cased(name).map((text) => ({ name, text: text + tail }))),
    fc
      .constantFrom("ext", 'ext="private, max-age=1"', "ext=1")
      .map((text) => ({ name: "ext", text })),
  );
  const field = fc.uniqueArray(directive, { selector: ({ name }) => name, maxLength: 8 });

  it("reads well-formed fields alike, over several lines", () => {
    fc.assert(
      fc.property(field, field, (first, second) => {
        const others = second.filter(({ name }) => first.every((taken) => taken.name !== name));
        const lines = [first, others].map((all) => all.map(({ text }) => text).join(", "));
        const ours = parseCacheControl(lines);
        const theirs = undici.parseCacheControlHeader(lines);
        const names = [...timed, ...bare];
        expect(names.filter((name) => ours.has(name))).toEqual(
          names.filter((name) => name in theirs),
        );
        for (const name of timed.filter((each) => ours.has(each))) {
          expect([name, directiveMs(ours, name)]).toEqual([name, Number(theirs[name]) * 1000]);
        }
      }),
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
