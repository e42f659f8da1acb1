import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectingFields, selects, selectsByLanguage, varyNames } from "../../src/http/vary.ts";

function chosen(names: string[], stored: string[], asked: string[]): boolean {
  return selects(selectingFields(names, stored), asked);
}

describe("varyNames()", () => {
  it.each([
    { fields: [], names: [] },
    { fields: ["Vary", ""], names: [] },
    { fields: ["Vary", "Accept"], names: ["accept"] },
    { fields: ["vary", "B,a , ,C", "VARY", "A, d"], names: ["a", "b", "c", "d"] },
    { fields: ["Vary", "*"], names: "*" },
    { fields: ["Vary", "Accept, *"], names: "*" },
    { fields: ["Vary", "Accept", "Vary", "*"], names: "*" },
    { fields: ["X-Vary", "Accept"], names: [] },
  ])("reads $fields as $names (RFC 9110 section 12.5.5)", ({ fields, names }) => {
    expect(varyNames(fields)).toEqual(names);
  });
});

describe("selects()", () => {
  it.each([
    { what: "whatever is asked, without Vary", names: [], stored: ["a", "1"], asked: ["a", "2"] },
    { what: "an equal field", names: ["a"], stored: ["A", "1"], asked: ["a", "1"] },
    { what: "a field that neither has", names: ["a"], stored: ["b", "1"], asked: [] },
    { what: "other fields at odds", names: ["a"], stored: ["a", "1"], asked: ["a", "1", "b", "2"] },
    { what: "lines combined", names: ["a"], stored: ["a", "1,2"], asked: ["a", "1", "A", "2"] },
    {
      what: "languages in another order and letter case",
      names: ["accept-language"],
      stored: ["Accept-Language", "en, de;q=0.5"],
      asked: ["accept-language", " DE;q=0.5 ,eN"],
    },
    { what: "blanks at commas", names: ["a"], stored: ["a", " 1 ,2\t"], asked: ["a", "1,  2"] },
  ])("is true for $what (RFC 9111 section 4.1)", ({ names, stored, asked }) => {
    expect(chosen(names, stored, asked)).toBe(true);
  });

  it.each([
    { what: "another value", names: ["a"], stored: ["a", "1"], asked: ["a", "2"] },
    { what: "another letter case", names: ["a"], stored: ["a", "x"], asked: ["a", "X"] },
    { what: "another order", names: ["a"], stored: ["a", "1, 2"], asked: ["a", "2, 1"] },
    {
      what: "another language",
      names: ["accept-language"],
      stored: ["Accept-Language", "en, de"],
      asked: ["Accept-Language", "en, fr"],
    },
    { what: "one line more", names: ["a"], stored: ["a", "1"], asked: ["a", "1", "a", "1"] },
    { what: "a field that only it has", names: ["a"], stored: [], asked: ["a", "1"] },
    { what: "a field that it lacks", names: ["a"], stored: ["a", "1"], asked: [] },
    {
      what: "the second name at odds",
      names: ["a", "b"],
      stored: ["a", "1"],
      asked: ["a", "1", "b", "2"],
    },
    { what: "blanks within a value", names: ["a"], stored: ["a", "1 2"], asked: ["a", "12"] },
    {
      what: "another caller",
      names: ["authorization"],
      stored: ["Authorization", "Bearer a"],
      asked: ["Authorization", "Bearer b"],
    },
    {
      what: "a name with a meaning of its own",
      names: ["__proto__"],
      stored: ["__proto__", "1"],
      asked: ["__proto__", "2"],
    },
  ])("is false for $what (RFC 9111 section 4.1)", ({ names, stored, asked }) => {
    expect(chosen(names, stored, asked)).toBe(false);
  });

  it("is true for the request that was stored, and for no other member", () => {
    const member = fc.stringMatching(/^[a-z0-9;=.*/-]{1,8}$/);
    const blank = fc.constantFrom("", " ", "  ", "\t");
    const members = fc.array(fc.tuple(member, blank, blank), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(members, member, (all, other) => {
        const plain = all.map(([value]) => value).join(",");
        const spaced = all.map(([value, before, after]) => before + value + after).join(",");
        expect(chosen(["x"], ["x", plain], ["X", spaced])).toBe(true);
        expect(chosen(["x"], ["x", plain], ["x", `${spaced},${other}`])).toBe(false);
      }),
    );
  });

  it("reads a long run of blanks within the time that a test has", () => {
    const long = `a${" ".repeat(150_000)}b`;
    expect(chosen(["x"], ["x", long], ["x", ` ${long} `])).toBe(true);
  });
});

function asks(language: string, foo = "1"): string[] {
  return ["Accept-Language", language, "Foo", foo];
}

describe("selectsByLanguage()", () => {
  const selecting = { "accept-language": "de, en", foo: "1" };
  const german = { selecting, fields: ["Content-Language", "de"] };

  it.each(["de", "DE", "fr;q=0.5, de;q=1.0", "de, en;q=0.9", "de ; q=0.2 ,en;q=0.1"])(
    "is true for %s, which prefers German to all others (RFC 9110 section 12.5.4)",
    (language) => {
      expect(selectsByLanguage(german, asks(language))).toBe(true);
    },
  );

  it.each(["", "en", "de, en", "de;q=0", "de;q=x", "*", "de-AT", "de;q=0.5, *;q=0.7", "de, de"])(
    "is false for %j, which prefers another, several or none",
    (language) => {
      expect(selectsByLanguage(german, asks(language))).toBe(false);
    },
  );

  it("is false where another selecting field is at odds, or none was the language", () => {
    expect(selectsByLanguage(german, asks("de", "2"))).toBe(false);
    expect(selectsByLanguage({ ...german, selecting: {} }, asks("de"))).toBe(false);
  });

  it("is false where it is not in one language", () => {
    for (const fields of [[], ["Content-Language", ""], ["Content-Language", "de, en"]]) {
      expect(selectsByLanguage({ selecting, fields }, asks("de"))).toBe(false);
    }
    expect(selectsByLanguage({ selecting, fields: [] }, [])).toBe(false);
  });
});
