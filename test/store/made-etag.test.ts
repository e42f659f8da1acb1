import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entityTags } from "../../src/http/entity-tag.ts";
import { madeEtag } from "../../src/store/made-etag.ts";

describe("madeEtag()", () => {
  it("is one strong entity tag, equal for equal bytes and for no others", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        expect(entityTags(madeEtag(one))).toEqual([madeEtag(one)]);
        expect(madeEtag(one).startsWith('"')).toBe(true);
        const equal = Buffer.compare(one, other) === 0;
        expect(madeEtag(one) === madeEtag(other)).toBe(equal);
      }),
    );
  });
});
