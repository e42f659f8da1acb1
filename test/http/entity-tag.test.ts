import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entityTags, sameWeakly } from "../../src/http/entity-tag.ts";

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
