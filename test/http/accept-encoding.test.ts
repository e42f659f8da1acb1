import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseCoding } from "../../src/http/accept-encoding.ts";

describe("chooseCoding()", () => {
  it.each([
    { accept: undefined, coding: "identity" },
    { accept: "", coding: "identity" },
    { accept: "gzip", coding: "gzip" },
    { accept: "GZip", coding: "gzip" },
    { accept: "x-gzip", coding: "gzip" },
    { accept: "gzip, deflate, br, zstd", coding: "zstd" },
    { accept: "gzip, deflate, br", coding: "br" },
    { accept: "deflate", coding: "identity" },
    { accept: "*", coding: "zstd" },
    { accept: "*;q=0.5, gzip", coding: "gzip" },
    { accept: "zstd;q=0, *", coding: "br" },
    { accept: "gzip;q=0.001", coding: "gzip" },
    { accept: "identity, gzip;q=0.9", coding: "identity" },
    { accept: "identity;q=0.5, gzip;q=0.5", coding: "gzip" },
    { accept: "gzip ; q=0.2 ,br\t;\tQ=0.3", coding: "br" },
    { accept: "gzip;q=0", coding: "identity" },
    { accept: "identity;q=0", coding: "identity" },
    { accept: "*;q=0", coding: "identity" },
    { accept: "identity;q=0, gzip;q=0.1", coding: "gzip" },
    { accept: "*;q=0, br;q=0.1", coding: "br" },
  ])("answers $accept in $coding (RFC 9110 section 12.5.3)", ({ accept, coding }) => {
    expect(chooseCoding(accept)).toBe(coding);
  });

  it.each(["gzip;q=2", "gzip;q=", "gzip;q=0.1234", "gzip;q=-1", "gzip;level=1", "g zip", ";q=1"])(
    "takes nothing from the malformed %s",
    (accept) => {
      expect(chooseCoding(accept)).toBe("identity");
    },
  );

  it("never answers in a coding that weighs less than another, or nothing", () => {
    const thousandths = fc.record({
      zstd: fc.integer({ min: 0, max: 1000 }),
      br: fc.integer({ min: 0, max: 1000 }),
      gzip: fc.integer({ min: 0, max: 1000 }),
      identity: fc.integer({ min: 0, max: 1000 }),
    });
    fc.assert(
      fc.property(thousandths, (weights) => {
        const members = Object.entries(weights).map(([name, q]) => `${name};q=${q / 1000}`);
        const most = Math.max(...Object.values(weights));
        const chosen = chooseCoding(members.toReversed().join(", "));
        expect(weights[chosen] === most || (most === 0 && chosen === "identity")).toBe(true);
      }),
    );
  });
});
