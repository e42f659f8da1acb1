import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTarget } from "../../src/http/target.ts";

/** What readers of paths are known to disagree on, among plain segments. */
const piece = fc.constantFrom(
  ..."/ . .. ; , % %% %2 %2e %2E %2f %5c %5C %00 %25 %41 %7e %c3%A9 é ÿ a Z ~ - _ : @ & = + ? ' !"
    .split(" ")
    .concat(["%%32%45", "%%34%31", "//", "\\", "#", " ", "\t", "\u0000"]),
);
const hostile = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);

function pathOf(raw: string): string {
  const read = readTarget(raw);
  return "path" in read ? read.path : `refused: ${read.refused}`;
}

describe("readTarget()", () => {
  it.each([
    { raw: "/", path: "/", query: "" },
    { raw: "/api/ticket/7", path: "/api/ticket/7", query: "" },
    { raw: "/a/", path: "/a/", query: "" },
    { raw: "/%61%2D%2e%5f%7Eb", path: "/a-._~b", query: "" },
    { raw: "/%c3%a9", path: "/%C3%A9", query: "" },
    { raw: "/\u00c3\u00a9", path: "/%C3%A9", query: "" },
    { raw: "/a%2fb", path: "/a%2Fb", query: "" },
    { raw: "/%2541", path: "/%2541", query: "" },
    { raw: "/type=?&id=?", path: "/type=", query: "?&id=?" },
    { raw: "/a?", path: "/a", query: "?" },
    { raw: "/a?x=%zz&y=%61//..", path: "/a", query: "?x=%zz&y=%61//.." },
    { raw: "/a?x=\u00e9", path: "/a", query: "?x=%E9" },
    { raw: "http://other.example:81/a?b", path: "/a", query: "?b" },
    { raw: "HTTPS://user@other.example/a", path: "/a", query: "" },
    { raw: "/...", path: "/...", query: "" },
    { raw: "/.a/b.", path: "/.a/b.", query: "" },
  ])("reads $raw as $path$query (RFC 3986 section 6.2.2)", ({ raw, path, query }) => {
    const read = readTarget(raw);
    expect("path" in read ? read : { path: "refused", query: "" }).toEqual({ path, query });
  });

  it.each([
    ["no leading slash", ["", "a", "*", "example.com:443", "ftp://x/a", "http://x", "?a"]],
    ["a blank or control character", ["/a b", "/a\tb", "/a\r\nHost: x", "/\u0000", "/\u007f"]],
    ["a blank or control character in the query", ["/a?b c", "/a?b\n", "/a?\u0000"]],
    ["a fragment", ["/a#b", "/a?b#c"]],
    ["a backslash", ["/a\\b", "/..\\a", "/a%5cb", "/a%5Cb"]],
    ["an encoded NUL", ["/a%00", "/a%00.json"]],
    ["a dot segment", ["/.", "/..", "/a/../b", "/a/.", "/./a", "/a/.."]],
    ["an encoded dot segment", ["/%2e%2e/a", "/.%2E/a", "/%2e", "/a%2f..%2fb", "/a/..%2Fb"]],
    ["a dot segment with parameters", ["/..;/a", "/..;x=1/a", "/a/.;/b", "/%2e%2e;/a"]],
    ["an empty segment", ["//", "//evil.example/a", "/http://x", "/a//b", "/a//"]],
    ["a stray percent sign", ["/%", "/a%2", "/%zz", "/%G0", "/100%"]],
    ["an escape made by decoding", ["/%%32%45%%32%45/a", "/%%34%31", "/%2%35", "/%%30%30"]],
  ])("refuses %s", (_what, raws) => {
    expect(raws.map((raw) => [raw, "refused" in readTarget(raw)])).toEqual(
      raws.map((raw) => [raw, true]),
    );
  });

  it("names the base URL where a slash is doubled", () => {
    expect(readTarget("/api//ticket")).toEqual({ refused: expect.stringContaining("base URL") });
  });

  it("reads what it has read in the same way again", () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const read = readTarget(raw);
        fc.pre("path" in read);
        expect(readTarget(read.path + read.query)).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives only what every reader takes for the same path", () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const read = readTarget(raw);
        fc.pre("path" in read);
        const { path, query } = read;
        expect(path + query).toMatch(/^[\u0021-\u007e]+$/);
        expect(path).toMatch(/^\/(?:[^%?#\\]|%[0-9A-F]{2})*$/);
        expect(path).not.toMatch(/%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9AE]|3\d|2[DE]|5F)/);
        expect(new URL(path, "http://host.example").pathname).toBe(path);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads a path alike, whichever of its unreserved characters are encoded (RFC 3986 section 2.3)", () => {
    const unreserved = fc.constantFrom(..."a b c X Y Z 0 1 9 - . _ ~".split(" "));
    const characters = fc.array(fc.tuple(unreserved, fc.boolean()), { minLength: 3 });
    fc.assert(
      fc.property(characters, (parts) => {
        const plain = parts.map(([character]) => character).join("");
        const encoded = parts.map(([character, hide]) =>
          hide ? `%${(character.codePointAt(0) ?? 0).toString(16)}` : character,
        );
        expect(pathOf(`/${encoded.join("")}`)).toBe(pathOf(`/${plain}`));
      }),
    );
  });
});
