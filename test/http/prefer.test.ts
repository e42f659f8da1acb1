import { describe, expect, it } from "vitest";
import { preferredWaitMs } from "../../src/http/prefer.ts";

describe("preferredWaitMs()", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["wait=0", 0],
    ["wait=10", 10_000],
    ["Wait = 10", 10_000],
    ['wait="10"', 10_000],
    ["respond-async, wait=10", 10_000],
    ["wait=10;foo=bar", 10_000],
    ["wait=5, wait=10", 5000],
    ["handling=lenient;wait=5", undefined],
    ["wait", undefined],
    ["wait=", undefined],
    ["wait=-1", undefined],
    ["wait=1.5", undefined],
    ["wait=1e3", undefined],
    ["wait=0x10", undefined],
    ["wait=10s", undefined],
    ["await=10", undefined],
    ["wait=99999999999999999999", undefined],
  ])("reads %j as %j ms (RFC 7240 sections 2, 4.3)", (prefer, ms) => {
    expect(preferredWaitMs(prefer)).toBe(ms);
  });
});
