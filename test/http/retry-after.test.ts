import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imfDate } from "../support/imf-date.ts";
import { retryAfterMs, retryAfterSeconds } from "../../src/http/retry-after.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const at = (seconds: number): string => imfDate(NOW + seconds * 1000);

describe("retryAfterMs()", () => {
  it.each([
    { what: "seconds", fields: ["Retry-After", "120"], ms: 120_000 },
    { what: "seconds among blanks", fields: ["retry-after", " 007 "], ms: 7000 },
    { what: "no seconds", fields: ["Retry-After", "0"], ms: 0 },
    { what: "a date", fields: ["Retry-After", at(30)], ms: 30_000 },
    {
      what: "a date by the origin's clock, ahead",
      fields: ["Retry-After", at(630), "Date", at(600)],
      ms: 30_000,
    },
    {
      what: "a date by the origin's clock, behind",
      fields: ["Retry-After", at(-570), "Date", at(-600)],
      ms: 30_000,
    },
    {
      what: "a date and a broken Date",
      fields: ["Retry-After", at(30), "Date", "now"],
      ms: 30_000,
    },
    { what: "a date of the past", fields: ["Retry-After", at(-30)], ms: 0 },
    { what: "the first of several", fields: ["Retry-After", "5", "Retry-After", "9"], ms: 5000 },
    { what: "nothing", fields: ["Date", at(0)], ms: undefined },
    { what: "an empty value", fields: ["Retry-After", ""], ms: undefined },
    { what: "a fraction", fields: ["Retry-After", "1.5"], ms: undefined },
    { what: "a negative number", fields: ["Retry-After", "-1"], ms: undefined },
    { what: "words", fields: ["Retry-After", "soon"], ms: undefined },
    {
      what: "a date of another form",
      fields: ["Retry-After", "2026-06-15T12:00:30Z"],
      ms: undefined,
    },
  ])("reads $what as $ms ms (RFC 9110 section 10.2.3)", ({ fields, ms }) => {
    expect(retryAfterMs(fields, NOW)).toBe(ms);
  });

  it("never takes an absurd number for a short wait", () => {
    for (const digits of [10, 20, 400]) {
      const ms = retryAfterMs(["Retry-After", "9".repeat(digits)], NOW);
      expect(ms).toBeGreaterThan(9e12);
    }
  });
});

describe("retryAfterSeconds()", () => {
  it.each([
    [-5, 1],
    [0, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
  ])("writes %d ms as %d, rounded up and never 0", (ms, seconds) => {
    expect(retryAfterSeconds(ms)).toBe(seconds);
  });

  it("is read back as no shorter a wait, and less than a second longer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (ms) => {
        const read = retryAfterMs(["Retry-After", String(retryAfterSeconds(ms))], NOW) ?? 0;
        expect(read - ms).toBeGreaterThanOrEqual(0);
        expect(read - ms).toBeLessThan(1000);
      }),
    );
  });
});
