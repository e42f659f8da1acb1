import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { urgencyOf } from "../../src/http/priority.ts";

describe("urgencyOf()", () => {
  it.each([
    ["u=0", 0],
    ["u=7", 7],
    ["u=5, i", 5],
    ["i, u=2;x=1", 2],
    ["u=1, u=6", 6],
    [undefined, undefined],
    ["", undefined],
    ["i", undefined],
    ["u", undefined],
    ["u=8", undefined],
    ["u=-1", undefined],
    ["u=1.5", undefined],
    ['u="1"', undefined],
    ["u=a", undefined],
    ["u=?1", undefined],
    ["u=(1)", undefined],
    ["U=1", undefined],
    ["u=1,", undefined],
    ["u=1 x", undefined],
  ])("reads %j as %j, ignoring what is malformed (RFC 9218 section 4.1)", (priority, urgency) => {
    expect(urgencyOf(priority)).toBe(urgency);
  });

  it("gives one of the eight urgencies or none, and never fails", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[ui][=?;,0-9 .-]{0,6}$/));
    fc.assert(
      fc.property(text, (priority) => {
        expect(["none", 0, 1, 2, 3, 4, 5, 6, 7]).toContain(urgencyOf(priority) ?? "none");
      }),
    );
  });
});
