import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ageInDoubt,
  ageSeconds,
  currentAgeMs,
  directivesOf,
  forbidsStale,
  guessedLifetimeMs,
  originLifetimeMs,
} from "../../src/http/freshness.ts";
import { imfDate } from "../support/imf-date.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const at = (seconds: number): string => imfDate(NOW + seconds * 1000);

function received(fields: string[], tripMs = 0, overridden = false) {
  return { fields, requestedAt: NOW - tripMs, receivedAt: NOW, overridden };
}

describe("originLifetimeMs()", () => {
  it.each([
    { what: "nothing", fields: ["ETag", '"a"'], seconds: undefined },
    { what: "Last-Modified alone", fields: ["Last-Modified", at(-9e6)], seconds: undefined },
    { what: "max-age", fields: ["Cache-Control", "max-age=60"], seconds: 60 },
    {
      what: "s-maxage before max-age",
      fields: ["Cache-Control", "max-age=60, s-maxage=5"],
      seconds: 5,
    },
    {
      what: "s-maxage=0 before max-age",
      fields: ["Cache-Control", "s-maxage=0, max-age=9"],
      seconds: 0,
    },
    { what: "a broken s-maxage", fields: ["Cache-Control", "s-maxage=x, max-age=9"], seconds: 0 },
    {
      what: "max-age before Expires",
      fields: ["Expires", at(99), "Cache-Control", "max-age=1"],
      seconds: 1,
    },
    {
      what: "max-age on a second line",
      fields: ["Cache-Control", "public", "cache-control", "max-age=7"],
      seconds: 7,
    },
    { what: "Expires", fields: ["expires", at(30)], seconds: 30 },
    { what: "Expires less Date", fields: ["Expires", at(30), "Date", at(-10)], seconds: 40 },
    { what: "Expires before Date", fields: ["Expires", at(30), "Date", at(31)], seconds: 0 },
    { what: "a broken Date", fields: ["Expires", at(30), "Date", "today"], seconds: 30 },
    { what: "Expires: 0", fields: ["Expires", "0"], seconds: 0 },
    { what: "PHP's Expires", fields: ["Expires", "Thu, 19 Nov 1981 08:52:00 GMT"], seconds: 0 },
    { what: "a broken Expires", fields: ["Expires", "2099-01-01T00:00:00Z"], seconds: 0 },
    { what: "an empty Expires", fields: ["Expires", ""], seconds: 0 },
    {
      what: "a targeted field before Cache-Control and Expires",
      fields: ["Cache-Control", "max-age=9", "Expires", at(99), "CDN-Cache-Control", "max-age=1"],
      seconds: 1,
    },
    {
      what: "Expires beside a targeted field without a lifetime",
      fields: ["Expires", at(99), "CDN-Cache-Control", "public"],
      seconds: undefined,
    },
    {
      what: "Expires beside a targeted field that does not parse",
      fields: ["Expires", at(99), "CDN-Cache-Control", "Max-Age=5"],
      seconds: 99,
    },
    { what: "Expires twice, alike", fields: ["Expires", at(30), "Expires", at(30)], seconds: 30 },
    { what: "Expires twice, at odds", fields: ["Expires", at(30), "Expires", at(31)], seconds: 0 },
  ])("gives $seconds s for $what (RFC 9111 sections 4.2.1, 5.3)", ({ fields, seconds }) => {
    expect(originLifetimeMs(fields, NOW)).toBe(seconds === undefined ? undefined : seconds * 1000);
  });
});

describe("directivesOf()", () => {
  it.each([
    { fields: ["Cache-Control", "a", "cache-control", "b"], names: ["a", "b"] },
    { fields: ["CDN-Cache-Control", "c", "Cache-Control", "a"], names: ["c"] },
    { fields: ["CDN-Cache-Control", "", "Cache-Control", "a"], names: ["a"] },
    { fields: ["Pragma", "x, No-Cache"], names: ["no-cache"] },
    { fields: ["Pragma", "no-cache", "Cache-Control", "a"], names: ["a"] },
    { fields: ["Pragma", "other"], names: [] },
  ])("of $fields are $names (RFC 9213 section 2.2, RFC 9111 section 5.4)", ({ fields, names }) => {
    expect([...directivesOf(fields).keys()]).toEqual(names);
  });
});

describe("guessedLifetimeMs()", () => {
  it.each([
    { what: "a tenth of the time unchanged", fields: ["Last-Modified", at(-600)], seconds: 60 },
    { what: "counted to Date", fields: ["Last-Modified", at(-600), "Date", at(-100)], seconds: 50 },
    { what: "at most a day", fields: ["Last-Modified", at(-9e7)], seconds: 86_400 },
    { what: "none from the future", fields: ["Last-Modified", at(60)], seconds: 0 },
    { what: "nothing from nothing", fields: [], seconds: undefined },
    { what: "nothing from rubbish", fields: ["Last-Modified", "long ago"], seconds: undefined },
  ])("is $what (RFC 9111 section 4.2.2)", ({ fields, seconds }) => {
    expect(guessedLifetimeMs(fields, NOW)).toBe(seconds === undefined ? undefined : seconds * 1000);
  });
});

describe("forbidsStale()", () => {
  it.each(["must-revalidate", "Proxy-Revalidate", "s-maxage=9", 'no-cache="x"'])(
    "is true for %s (RFC 9111 section 4.2.4)",
    (value) => {
      expect(forbidsStale(directivesOf(["Cache-Control", `max-age=1, ${value}`]))).toBe(true);
    },
  );

  it("is false for what only limits freshness or allows", () => {
    const value = "max-age=1, public, immutable, stale-if-error=5";
    expect(forbidsStale(directivesOf(["Cache-Control", value]))).toBe(false);
  });
});

describe("ageInDoubt()", () => {
  it.each([[[]], [["Age", "0"]], [["Age", " 30 "]], [["Age", "0,7200"]], [["Age", "7200, 0"]]])(
    "is false for %j",
    (fields) => {
      expect(ageInDoubt(fields)).toBe(false);
    },
  );

  it.each([
    [["Age", "abc"]],
    [["Age", ""]],
    [["Age", "-7200"]],
    [["Age", "7200.0"]],
    [["Age", "7200;foo=bar"]],
    [["Age", "0, 0"]],
    [["Age", "3600, 3600"]],
    [["Age", "0", "age", "0"]],
    [["Age", "0", "Age", "7200"]],
  ])("is true for %j, as the public tests have it (age-parse)", (fields) => {
    expect(ageInDoubt(fields)).toBe(true);
  });
});

describe("currentAgeMs()", () => {
  it.each([
    { what: "nothing", response: received([]), ms: 0 },
    { what: "the way here", response: received([], 700), ms: 700 },
    { what: "Age and the way here", response: received(["Age", "5"], 700), ms: 5700 },
    { what: "Date", response: received(["Date", at(-90)]), ms: 90_000 },
    {
      what: "the larger of Date and Age",
      response: received(["Date", at(-90), "Age", "91"]),
      ms: 91_000,
    },
    { what: "a Date ahead of us", response: received(["Date", at(90), "Age", "1"]), ms: 1000 },
    { what: "a broken Date", response: received(["Date", "yesterday"]), ms: 0 },
    { what: "the first of several Ages", response: received(["Age", "3", "Age", "9"]), ms: 3000 },
    { what: "the first of an Age's list", response: received(["Age", "3, 9"]), ms: 3000 },
    { what: "an Age that is no number", response: received(["Age", "-9"]), ms: 0 },
    { what: "an Age with a fraction", response: received(["Age", "9.5"]), ms: 0 },
    {
      what: "an Age beyond bounds",
      response: received(["Age", "9".repeat(400)]),
      ms: 2 ** 31 * 1000,
    },
    { what: "a request after its answer", response: received([], -500), ms: 0 },
    { what: "a route's own lifetime", response: received(["Date", at(-90)], 20, true), ms: 20 },
    { what: "Age on a route's own lifetime", response: received(["Age", "9"], 0, true), ms: 9000 },
  ])("counts $what (RFC 9111 sections 4.2.3, 5.1)", ({ response, ms }) => {
    expect(currentAgeMs(response, NOW)).toBe(ms);
    expect(currentAgeMs(response, NOW + 1234)).toBe(ms + 1234);
    expect(currentAgeMs(response, NOW - 5000)).toBe(ms);
  });

  it("takes a Date of the present second for no age", () => {
    const late = { ...received(["Date", at(0)]), requestedAt: NOW + 999, receivedAt: NOW + 999 };
    expect(currentAgeMs(late, NOW + 999)).toBe(0);
  });

  it("is never negative, never below Age, and grows with time", () => {
    const fields = fc.record({ age: fc.nat(1e6), date: fc.integer({ min: -1e6, max: 1e6 }) });
    const times = fc.record({
      trip: fc.integer({ min: -9e4, max: 9e4 }),
      one: fc.nat(1e9),
      two: fc.nat(1e9),
    });
    fc.assert(
      fc.property(fields, times, fc.boolean(), (told, { trip, one, two }, overridden) => {
        const { age, date } = told;
        const response = received(["Age", String(age), "Date", at(date)], trip, overridden);
        const first = currentAgeMs(response, NOW + one);
        expect(first).toBeGreaterThanOrEqual(age * 1000 + one);
        expect(currentAgeMs(response, NOW + one + two)).toBe(first + two);
      }),
    );
  });
});

describe("ageSeconds()", () => {
  it.each([
    [0, 0],
    [999, 0],
    [1000, 1],
    [2 ** 31 * 1000 + 5000, 2 ** 31],
    [Number.POSITIVE_INFINITY, 2 ** 31],
  ])("writes %d ms as %d (RFC 9111 sections 1.2.2, 5.1)", (ms, seconds) => {
    expect(ageSeconds(ms)).toBe(seconds);
  });
});
