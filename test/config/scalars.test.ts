import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytes,
  duration,
  httpUrl,
  mediaType,
  routePattern,
  text,
  truth,
  unitsOrPart,
  whole,
} from "../../src/config/scalars.ts";
import type { z } from "zod";

function messages(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
}

describe("whole()", () => {
  it("takes numbers as YAML or as a variable gives them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 70_000 }), (number) => {
        expect(whole(3, 70_000).parse(number)).toBe(number);
        expect(whole(3, 70_000).parse(String(number))).toBe(number);
      }),
    );
  });

  it.each([
    2,
    11,
    "2",
    "11",
    4.5,
    "4.5",
    "",
    " 4",
    "0x4",
    "4e0",
    "-4",
    Number.NaN,
    Infinity,
    null,
    true,
    [4],
  ])("refuses %j with its bounds", (value) => {
    expect(messages(whole(3, 10), value)).toEqual(["must be a whole number from 3 to 10"]);
  });
});

describe("mediaType()", () => {
  it.each(["application/json", "Text/HTML", "application/vnd.api+json"])("takes %s", (type) => {
    expect(mediaType().parse(type)).toBe(type.toLowerCase());
  });

  it.each(["json", "", "application/*", "*/*", "text/html; charset=utf-8", "a/b/c", 1, null])(
    "refuses %j, which no answer would have",
    (type) => {
      expect(messages(mediaType(), type)).toEqual([
        "must be a media type, such as application/json",
      ]);
    },
  );
});

describe("truth()", () => {
  it.each([
    [true, true],
    [false, false],
    ["true", true],
    ["false", false],
  ])("takes %j", (value, result) => {
    expect(truth().parse(value)).toBe(result);
  });

  it.each(["", "yes", "TRUE", "0", 1, 0, null])("refuses %j", (value) => {
    expect(messages(truth(), value)).toEqual(["must be true or false"]);
  });
});

describe("duration()", () => {
  it.each([
    ["100ms", 100],
    ["10m", 600_000],
    ["0.1s", 100],
  ])("takes %j at and within its bounds", (value, ms) => {
    expect(duration("100ms", "10m").parse(value)).toBe(ms);
  });

  it.each(["99ms", "601s", "0", "5", 5000, "-1s", "99999999999999999999d", null])(
    "refuses %j with its bounds and an example",
    (value) => {
      expect(messages(duration("100ms", "10m"), value)).toEqual([
        "must be a duration from 100ms to 10m, such as 250ms, 30s or 5m",
      ]);
    },
  );

  it("is a week at most where nothing else is said", () => {
    expect(duration("0").parse("7d")).toBe(604_800_000);
    expect(duration("0").safeParse("8d").success).toBe(false);
  });
});

describe("bytes()", () => {
  it("takes sizes within its bounds and refuses others with them", () => {
    expect([bytes("1kB", "1MB").parse("1kB"), bytes("1kB", "1MB").parse("64KiB")]).toEqual([
      1000, 65_536,
    ]);
    for (const value of ["999B", "2MB", 64_000, "64000", ""]) {
      expect(messages(bytes("1kB", "1MB"), value)).toEqual([
        "must be a size from 1kB to 1MB, such as 64kB or 1MiB",
      ]);
    }
  });
});

describe("text()", () => {
  it.each([
    ["", "must not be empty"],
    [5, "must be a text"],
    [null, "must be a text"],
  ])("refuses %j", (value, message) => {
    expect(messages(text(), value)).toEqual([message]);
  });
});

describe("httpUrl()", () => {
  it.each(["https://example.com/api", "http://127.0.0.1:9000", "http://[::1]:1/a/b"])(
    "takes %s",
    (value) => {
      expect(httpUrl().parse(value).href.replace(/\/$/, "")).toBe(value);
    },
  );

  it.each([
    "example.com/api",
    "/api",
    "",
    "ftp://example.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    "https://user@example.com",
    "https://user:password@example.com",
    "https://:password@example.com",
    "https://example.com/api?apikey=1",
    "https://example.com/#a",
    5,
    null,
  ])("refuses %j", (value) => {
    expect(messages(httpUrl(), value)).toEqual([
      "must be an http:// or https:// URL without user, query or fragment",
    ]);
  });
});

describe("routePattern()", () => {
  it("keeps the pattern as written for its name", () => {
    expect(routePattern().parse(" GET|POST /a/:b ")).toEqual({
      name: "GET|POST /a/:b",
      pattern: { methods: ["GET", "POST"], path: "/a/:b" },
    });
  });

  it("refuses with the reason, and what is no text with an example", () => {
    expect(messages(routePattern(), "get /a")[0]).toContain("upper case");
    expect(messages(routePattern(), { path: "/a" })).toEqual([
      "must be a route, such as GET /ticket/:id",
    ]);
  });
});

describe("unitsOrPart()", () => {
  it("takes units, and a part with its sign; nothing else", () => {
    expect(unitsOrPart(100).parse(30)).toEqual({ unit: "units", value: 30 });
    expect(unitsOrPart(100).parse("30")).toEqual({ unit: "units", value: 30 });
    expect(unitsOrPart(100).parse("10%")).toEqual({ unit: "percent", value: 10 });
    for (const wrong of [0, -1, 1.5, "0%", "101%", "10 %", "", "ten", true]) {
      expect(messages(unitsOrPart(100), wrong)).toHaveLength(1);
    }
  });
});
