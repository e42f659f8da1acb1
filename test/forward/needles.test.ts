import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Needles } from "../../src/forward/needles.ts";

function naive(texts: readonly string[], hay: string): string[] {
  return texts.flatMap((text) =>
    Array.from({ length: hay.length }, (_, at) => at)
      .filter((at) => hay.startsWith(text, at))
      .map((at) => `${at} ${text.length}`),
  );
}

function shown(texts: readonly string[], hay: string): string[] {
  return [...new Needles(texts).in(hay)].map(({ at, length }) => `${at} ${length}`);
}

/** Of few letters, so that needles stand in the text, in each other and across each other; one is beyond Latin-1. */
function word(least: number, most: number) {
  return fc
    .array(fc.constantFrom("a", "b", "\u{1f511}"), { minLength: least, maxLength: most })
    .map((letters) => letters.join(""));
}

describe("Needles", () => {
  it.each([
    ["few", 1, 5],
    ["many", 33, 60],
  ])("finds what stands there, overlaps included: %s", (_name, minLength, maxLength) => {
    const texts = fc.uniqueArray(word(3, 8), { minLength, maxLength });
    fc.assert(
      fc.property(texts, word(0, 40), (needles, hay) => {
        expect(shown(needles, hay).toSorted()).toEqual(naive(needles, hay).toSorted());
      }),
    );
  });

  it("finds one of a thousand at the very end, and none where only a beginning stands", () => {
    const texts = Array.from({ length: 1000 }, (_, index) => `consumer-key-${index + 1000}`);
    expect(shown(texts, "x consumer-key-1999")).toEqual(["2 17"]);
    expect(shown(texts, "x consumer-key-199")).toEqual([]);
    expect(shown(texts, "co")).toEqual([]);
  });
});
