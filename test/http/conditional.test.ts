import { describe, expect, it } from "vitest";
import {
  notModified,
  validatingFields,
  wantsOriginsJudgement,
} from "../../src/http/conditional.ts";
import { imfDate } from "../support/imf-date.ts";
import { storedResponse } from "../support/stored-response.ts";

const MODIFIED = Date.UTC(2026, 0, 1, 12);
const at = (seconds: number): string => imfDate(MODIFIED + seconds * 1000);

describe("notModified()", () => {
  const stored = storedResponse({ etag: '"abc"', fields: ["Last-Modified", at(0)] });

  it.each([
    { what: "the same tag", asked: ["If-None-Match", '"abc"'] },
    { what: "the same tag, weak", asked: ["if-none-match", 'W/"abc"'] },
    { what: "the tag in a list", asked: ["If-None-Match", '"x", W/"abc" ,"y"'] },
    { what: "the tag on a second line", asked: ["If-None-Match", '"x"', "If-None-Match", '"abc"'] },
    { what: "the tag of a coded body", asked: ["If-None-Match", '"x", "abc--gzip"'] },
    { what: "any tag", asked: ["If-None-Match", " * "] },
    { what: "the very date", asked: ["If-Modified-Since", at(0)] },
    { what: "a later date", asked: ["If-Modified-Since", at(60)] },
    {
      what: "the tag, whatever the date",
      asked: ["If-None-Match", '"abc"', "If-Modified-Since", at(-1)],
    },
  ])("is true for $what (RFC 9110 sections 13.1.2, 13.1.3, 13.2.2)", ({ asked }) => {
    expect(notModified(asked, stored)).toBe(true);
  });

  it.each([
    { what: "no condition", asked: [] },
    { what: "another tag", asked: ["If-None-Match", '"abd"'] },
    { what: "a tag without quotes", asked: ["If-None-Match", "abc"] },
    { what: "an empty list", asked: ["If-None-Match", ""] },
    { what: "a tag in another letter case", asked: ["If-None-Match", '"ABC"'] },
    { what: "an asterisk among tags", asked: ["If-None-Match", '"x", *'] },
    {
      what: "another tag, whatever the date",
      asked: ["If-None-Match", '"x"', "If-Modified-Since", at(60)],
    },
    {
      what: "an empty list, whatever the date",
      asked: ["If-None-Match", "", "If-Modified-Since", at(60)],
    },
    { what: "an earlier date", asked: ["If-Modified-Since", at(-1)] },
    { what: "what is no date", asked: ["If-Modified-Since", "2099-01-01"] },
    { what: "two dates", asked: ["If-Modified-Since", at(9), "If-Modified-Since", at(9)] },
    { what: "If-Match", asked: ["If-Match", '"abc"'] },
  ])("is false for $what (RFC 9110 sections 13.1.2, 13.1.3, 13.2.2)", ({ asked }) => {
    expect(notModified(asked, stored)).toBe(false);
  });

  it("compares weakly where the origin's tag is weak (RFC 9110 section 8.8.3.2)", () => {
    const weak = storedResponse({ etag: 'W/"abc"' });
    expect(notModified(["If-None-Match", '"abc"'], weak)).toBe(true);
  });

  it.each([203, 204, 301, 404, 410])(
    "is false for a stored %d, to which conditions do not apply (RFC 9110 section 13.2.1)",
    (status) => {
      const asked = ["If-None-Match", '"abc"'];
      expect(notModified(asked, { ...stored, status })).toBe(false);
    },
  );

  it("knows the origin's own tag although it ends like one of ours", () => {
    const asked = ["If-None-Match", '"abc--gzip"'];
    expect(notModified(asked, { ...stored, etag: '"abc--gzip"' })).toBe(true);
  });

  it.each([
    { what: "Date where there is no Last-Modified", fields: ["Date", at(60)], since: 60, is: true },
    { what: "Date, and it is later", fields: ["Date", at(61)], since: 60, is: false },
    { what: "its receipt where there is neither", fields: [], since: 60, is: true },
    { what: "its receipt, and it is later", fields: [], since: 59, is: false },
    {
      what: "a Last-Modified that is none",
      fields: ["Last-Modified", "long ago", "Date", at(0)],
      since: 60,
      is: false,
    },
  ])("compares If-Modified-Since with $what (RFC 9111 section 4.3.2)", ({ fields, since, is }) => {
    const asked = ["If-Modified-Since", at(since)];
    const receivedAt = MODIFIED + 60_000;
    expect(notModified(asked, { ...stored, receivedAt, fields })).toBe(is);
  });
});

describe("validatingFields()", () => {
  it.each([
    { fields: [], asked: [] },
    { fields: ["etag", 'W/"o"'], asked: ["If-None-Match", 'W/"o"'] },
    { fields: ["Last-Modified", at(0)], asked: ["If-Modified-Since", at(0)] },
    {
      fields: ["Last-Modified", at(0), "ETag", '"o"'],
      asked: ["If-None-Match", '"o"', "If-Modified-Since", at(0)],
    },
  ])("asks by the origin's own $fields (RFC 9111 section 4.3.1)", ({ fields, asked }) => {
    expect(validatingFields(storedResponse({ fields }))).toEqual(asked);
  });

  it("never shows the origin a tag that it did not give", () => {
    expect(validatingFields(storedResponse({ etag: '"made-here"', fields: [] }))).toEqual([]);
  });
});

describe("wantsOriginsJudgement()", () => {
  it.each([
    [["If-Match", '"a"'], true],
    [["IF-UNMODIFIED-SINCE", at(0)], true],
    [["if-match", ""], true],
    [
      ["If-None-Match", '"a"', "If-Modified-Since", at(0), "If-Range", '"a"', "Range", "bytes=0-"],
      false,
    ],
    [[], false],
  ])("of %j is %s (RFC 9111 section 4.3.2)", (fields, wants) => {
    expect(wantsOriginsJudgement(fields)).toBe(wants);
  });
});
