import { describe, expect, it } from "vitest";
import {
  countsAsError,
  isUnderstood,
  mayBeGuessed,
  neverStored,
  takesRoutesLifetime,
} from "../../src/http/status.ts";

const ALL = Array.from({ length: 500 }, (_, index) => 100 + index);

describe("neverStored()", () => {
  it("is true for interim answers, parts and judgements of one request (traps 3, 13 and 16)", () => {
    const never = ALL.filter((status) => neverStored(status, false));
    expect(never.slice(0, 100)).toEqual(ALL.slice(0, 100));
    expect(never.slice(100)).toEqual([
      206, 304, 400, 401, 403, 412, 413, 414, 416, 428, 429, 431, 511,
    ]);
  });

  it("is false for parts, 400 and 414 alone beside, where the upstream is liberal", () => {
    const beside = ALL.filter((status) => !neverStored(status, true) && neverStored(status, false));
    expect(beside).toEqual([206, 400, 414]);
    expect(ALL.slice(0, 100).every((status) => neverStored(status, true))).toBe(true);
  });
});

describe("isUnderstood()", () => {
  it.each([200, 203, 206, 302, 400, 404, 410, 414, 501, 503])("is true for %d", (status) => {
    expect(isUnderstood(status)).toBe(true);
  });

  it.each([299, 304, 399, 499, 599])("is false for %d (RFC 9111 section 5.2.2.3)", (status) => {
    expect(isUnderstood(status)).toBe(false);
  });
});

describe("mayBeGuessed()", () => {
  it("is true for what RFC 9110 section 15.1 lists, parts aside", () => {
    expect(ALL.filter(mayBeGuessed)).toEqual([
      200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
    ]);
  });
});

describe("takesRoutesLifetime()", () => {
  it("covers good answers, apart from these what is not there, and no errors", () => {
    expect(ALL.filter((status) => takesRoutesLifetime(status) === "good")).toEqual([
      200, 203, 204, 300, 301, 308,
    ]);
    expect(ALL.filter((status) => takesRoutesLifetime(status) === "negative")).toEqual([404, 410]);
  });
});

describe("countsAsError()", () => {
  it("is true for what an upstream that fails answers (RFC 5861 section 4)", () => {
    expect(ALL.filter(countsAsError)).toEqual([500, 502, 503, 504]);
  });
});
