import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldLines } from "../../src/http/fields.ts";
import { isHopByHop, withoutHopByHop } from "../../src/http/hop-by-hop.ts";

describe("withoutHopByHop()", () => {
  it.each([
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "TRANSFER-ENCODING",
    "upgrade",
  ])("drops %s, listed or not (RFC 9110 section 7.6.1)", (name) => {
    expect(withoutHopByHop([name, "x", "Accept", "*/*"])).toEqual(["Accept", "*/*"]);
    expect(isHopByHop(name.toLowerCase())).toBe(true);
  });

  it("drops what any line of Connection lists, in any letter case and spacing", () => {
    const one = ["X-One", "1", "connection", "close,x-ONE ,, X-Two", "x-two", "2", "X-Three", "3"];
    const other = ["CONNECTION", "	X-Three", "x-four", "4", "X-Two", "again"];
    expect(withoutHopByHop([...one, ...other])).toEqual(["x-four", "4"]);
  });

  it("takes a listed name for that name alone", () => {
    const fields = ["Connection", "x, *, .", "X-Y", "1", "xx", "2", "", "3"];
    expect(fieldLines(withoutHopByHop(fields), "X-Y")).toEqual(["1"]);
    expect(fieldLines(withoutHopByHop(fields), "xx")).toEqual(["2"]);
  });

  it.each(["Authorization", "Content-Length", "Cookie", "Via", "Age", "Host", "TE-x", "Upgrade2"])(
    "leaves %s",
    (name) => {
      expect(withoutHopByHop([name, "x"])).toEqual([name, "x"]);
      expect(isHopByHop(name.toLowerCase())).toBe(false);
    },
  );

  it.each(["Cache-Control", "Pragma", "Vary", "Set-Cookie", "CDN-Cache-Control", "If-Match"])(
    "leaves %s although it is listed: it is for everybody (RFC 9110 section 7.6.1)",
    (name) => {
      const fields = [name, "x", "Authorization", "y", "Connection", `${name}, authorization`];
      expect(withoutHopByHop(fields)).toEqual([name, "x"]);
    },
  );

  it("leaves nothing to drop, and all else in its order", () => {
    const name = fc.constantFrom("Connection", "TE", "A", "a", "B", "C", "Upgrade");
    const value = fc.constantFrom("", "a", "b, c", "close", "A,B", "te");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (lines) => {
        const once = withoutHopByHop(lines.flat());
        expect(withoutHopByHop(once)).toEqual(once);
        const listed = fieldLines(lines.flat(), "connection").join(",").toLowerCase().split(/, */);
        const passing = lines.filter(([line]) => {
          const lower = line.toLowerCase();
          return ["a", "b", "c"].includes(lower) && !listed.includes(lower);
        });
        expect(once).toEqual(passing.flat());
      }),
    );
  });
});
