import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHttpDate } from "../../src/http/http-date.ts";
import { imfDate } from "../support/imf-date.ts";

const NOW = Date.UTC(2026, 5, 15);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

function two(part: number): string {
  return String(part).padStart(2, "0");
}

describe("parseHttpDate()", () => {
  it.each([
    ["IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT"],
    ["asctime", "Sun Nov  6 08:49:37 1994"],
    ["a wrong day name, which says nothing", "Mon, 06 Nov 1994 08:49:37 GMT"],
  ])("accepts %s (RFC 9110 section 5.6.7)", (_form, text) => {
    expect(parseHttpDate(text, NOW)).toBe(EXAMPLE);
  });

  it.each([
    ["", "0", "-1", "now", "784111777", "1994-11-06T08:49:37Z", "1994-11-06"],
    ["Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49 GMT"],
    ["Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37 EST"],
    ["sun, 06 nov 1994 08:49:37 gmt", "Sun, 06 NOV 1994 08:49:37 GMT"],
    [
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT",
      "Sun, 06  Nov 1994 08:49:37 GMT",
    ],
    [
      " Sun, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMT\n",
      "06 Nov 1994 08:49:37 GMT",
    ],
    [
      "Sun, 31 Apr 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 29 Feb 2025 00:00:00 GMT",
    ],
    [
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:00 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
    ],
    ["Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994"],
  ])("refuses rubbish that Date.parse() would take: %j ...", (...texts) => {
    expect(texts.map((text) => parseHttpDate(text, NOW))).toEqual(texts.map(() => undefined));
  });

  it.each([
    ["26", 2026],
    ["76", 2076],
    ["77", 1977],
    ["99", 1999],
    ["00", 2000],
  ])("takes the two-digit year %s for %d (RFC 9110 section 5.6.7)", (digits, year) => {
    const at = parseHttpDate(`Friday, 01-Jan-${digits} 00:00:00 GMT`, NOW);
    expect(at).toBe(Date.UTC(year, 0, 1));
  });

  it("knows leap days and leap seconds", () => {
    expect(parseHttpDate("Thu, 29 Feb 2024 00:00:00 GMT", NOW)).toBe(Date.UTC(2024, 1, 29));
    expect(parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", NOW)).toBe(Date.UTC(2017, 0, 1));
  });

  it("reads back every second of the years 0 to 9999, whatever the present is", () => {
    const second = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
    fc.assert(
      fc.property(second, fc.integer({ min: 0, max: 2 ** 42 }), (seconds, now) => {
        expect(parseHttpDate(imfDate(seconds * 1000), now)).toBe(seconds * 1000);
      }),
    );
    expect(parseHttpDate("Mon, 01 Jan 0001 00:00:00 GMT", NOW)).toBeLessThan(Date.UTC(1000, 0));
  });

  // Without Date, so that the oracle shares nothing with what it judges.
  const written = fc.record({
    day: fc.integer({ min: 1, max: 28 }),
    month: fc.integer({ min: 0, max: 11 }),
    year: fc.integer({ min: 1977, max: 2076 }),
    time: fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59)),
    weekday: fc.nat(6),
  });
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");

  it("reads back RFC 850 dates of the hundred years around the present", () => {
    fc.assert(
      fc.property(written, ({ day, month, year, time, weekday }) => {
        const date = `${two(day)}-${months[month]}-${two(year % 100)}`;
        const text = `${days[weekday]}, ${date} ${time.map(two).join(":")} GMT`;
        expect(parseHttpDate(text, NOW)).toBe(Date.UTC(year, month, day, ...time));
      }),
    );
  });

  it("reads back asctime dates", () => {
    fc.assert(
      fc.property(written, ({ day, month, year, time, weekday }) => {
        const date = `${days[weekday]?.slice(0, 3)} ${months[month]} ${String(day).padStart(2, " ")}`;
        const text = `${date} ${time.map(two).join(":")} ${year}`;
        expect(parseHttpDate(text, NOW)).toBe(Date.UTC(year, month, day, ...time));
      }),
    );
  });

  it("takes no date that has lost, gained or changed a character, unless it is another date", () => {
    const change = fc.record({
      seconds: fc.integer({ min: 0, max: 4_000_000_000 }),
      at: fc.nat(28),
      cut: fc.nat(1),
      put: fc.constantFrom("", " ", "0", "x", ",", "-", ":", "GMT"),
    });
    fc.assert(
      fc.property(change, ({ seconds, at, cut, put }) => {
        const text = imfDate(seconds * 1000);
        const changed = text.slice(0, at) + put + text.slice(at + cut);
        const read = parseHttpDate(changed, NOW);
        fc.pre(read !== undefined);
        // The name of the day alone says nothing.
        expect(imfDate(read ?? 0).slice(3)).toBe(changed.slice(3));
      }),
    );
  });
});
