import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  codedTag,
  entityTags,
  isWeak,
  plainTags,
  sameStrongly,
  sameWeakly,
} from "../../src/http/entity-tag.ts";

describe("entityTags()", () => {
  it.each([
    ["", []],
    ["*", []],
    ["abc", []],
    ['"abc', []],
    ['"a b"', []],
    ['"a\u007f"', []],
    ['""', ['""']],
    ['"a,b", W/"c"', ['"a,b"', 'W/"c"']],
    [' "a" ,,W/"b"', ['"a"', 'W/"b"']],
    ['"a","b"', ['"a"', '"b"']],
    ['"a\\"', ['"a\\"']],
    ['"caf\u00e9"', ['"caf\u00e9"']],
  ])("of %s are %j (RFC 9110 section 8.8.3)", (list, tags) => {
    expect(entityTags(list)).toEqual(tags);
  });

  it("gives back every tag of a list, as written", () => {
    const tag = fc.stringMatching(/^(?:W\/)?"[!#-~\u0080-\u00ff]{0,9}"$/);
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        expect(entityTags(tags.join(" ,\t"))).toEqual(tags);
      }),
    );
  });
});

describe("sameWeakly()", () => {
  it.each([
    ['W/"1"', 'W/"1"', true],
    ['W/"1"', 'W/"2"', false],
    ['W/"1"', '"1"', true],
    ['"1"', '"1"', true],
    ['"a"', '"A"', false],
    ['"W/1"', '"1"', false],
  ])("of %s and %s is %s (RFC 9110 section 8.8.3.2)", (one, other, same) => {
    expect(sameWeakly(one, other)).toBe(same);
    expect(sameWeakly(other, one)).toBe(same);
  });
});

describe("sameStrongly()", () => {
  it.each([
    ['"1"', '"1"', true],
    ['W/"1"', 'W/"1"', false],
    ['W/"1"', '"1"', false],
    ['"1"', '"2"', false],
  ])("of %s and %s is %s (RFC 9110 section 8.8.3.2)", (one, other, same) => {
    expect(sameStrongly(one, other)).toBe(same);
    expect(sameStrongly(other, one)).toBe(same);
  });
});

describe("isWeak()", () => {
  it("is true for the mark before the quote and nothing else", () => {
    expect(['W/"1"', '"1"', '"W/1"', 'w/"1"'].map(isWeak)).toEqual([true, false, false, false]);
  });
});

describe("codedTag()", () => {
  it.each([
    ['"abc"', "gzip", '"abc--gzip"'],
    ['W/"abc"', "br", 'W/"abc--br"'],
    ['""', "zstd", '"--zstd"'],
    ['"abc"', "identity", '"abc"'],
    ["abc", "gzip", "abc"],
  ])("gives %s in %s the tag %s", (tag, coding, coded) => {
    expect(codedTag(tag, coding)).toBe(coded);
  });
});

describe("plainTags()", () => {
  it.each([
    ["*", "*"],
    ["", ""],
    ['"abc--gzip"', '"abc"'],
    ['"a--br", W/"b--zstd" ,"c"', '"a", W/"b" ,"c"'],
    ['"a--gzip--br"', '"a--gzip"'],
    ['"a--deflate", "a-gzip"', '"a--deflate", "a-gzip"'],
    ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ])("of %s is %s", (list, plain) => {
    expect(plainTags(list)).toBe(plain);
  });

  it("takes off what codedTag() has put on, and nothing else", () => {
    const tag = fc.stringMatching(/^(?:W\/)?"[!#-~\u0080-\u00ff]{0,9}"$/);
    const coding = fc.constantFrom("gzip", "br", "zstd");
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, coding)), (all) => {
        const coded = all.map(([plain, by]) => codedTag(plain, by)).join(", ");
        expect(plainTags(coded)).toBe(all.map(([plain]) => plain).join(", "));
      }),
    );
  });
});
