import { describe, expect, it } from "vitest";
import { freshenedFields, freshens } from "../../src/http/freshen.ts";

describe("freshenedFields()", () => {
  it.each([
    {
      what: "keeps what the 304 is silent on",
      stored: ["X-A", "1"],
      news: [],
      fields: ["X-A", "1"],
    },
    { what: "replaces a field", stored: ["x-a", "1"], news: ["X-A", "2"], fields: ["X-A", "2"] },
    { what: "adds a field", stored: ["a", "1"], news: ["b", "2"], fields: ["a", "1", "b", "2"] },
    {
      what: "replaces many lines by one",
      stored: ["a", "1", "A", "2"],
      news: ["a", "3"],
      fields: ["a", "3"],
    },
    {
      what: "replaces one line by many",
      stored: ["a", "1"],
      news: ["a", "2", "A", "3"],
      fields: ["a", "2", "A", "3"],
    },
    { what: "replaces by an empty field", stored: ["a", "1"], news: ["a", ""], fields: ["a", ""] },
  ])("$what (RFC 9111 section 3.2)", ({ stored, news, fields }) => {
    expect(freshenedFields(stored, news)).toEqual(fields);
  });

  it.each(["Content-Encoding", "content-length", "Content-MD5", "CONTENT-RANGE"])(
    "leaves the stored body's %s (RFC 9111 section 3.2)",
    (name) => {
      expect(freshenedFields([name, "old"], [name, "new"])).toEqual([name, "old"]);
      expect(freshenedFields([], [name, "new"])).toEqual([]);
    },
  );

  it("takes nothing of the 304's connection, nor what its Connection lists", () => {
    const news = ["Connection", "X-Hop", "X-Hop", "2", "Keep-Alive", "timeout=5", "ETag", '"o"'];
    expect(freshenedFields(["X-Hop", "1", "ETag", '"o"'], news)).toEqual([
      "X-Hop",
      "1",
      "ETag",
      '"o"',
    ]);
  });

  it("starts ages anew where the 304 says how old it is", () => {
    const stored = ["Date", "Thu, 01 Jan 1970 00:00:00 GMT", "Age", "50"];
    const news = ["Date", "Thu, 01 Jan 1970 00:01:00 GMT", "Age", "0"];
    expect(freshenedFields(stored, news)).toEqual(news);
  });

  it("forgets how old the stored response was where the 304 is silent on it", () => {
    const stored = ["Date", "Thu, 01 Jan 1970 00:00:00 GMT", "Age", "50", "X-A", "1"];
    expect(freshenedFields(stored, [])).toEqual(["X-A", "1"]);
  });

  it.each(["Content-Type", "Set-Cookie", "Expires", "Content-Location", "Link"])(
    "takes over %s, as every other field",
    (name) => {
      expect(freshenedFields([name, "old"], [name, "new"])).toEqual([name, "new"]);
    },
  );

  it.each([
    ['"o"', '"n"', '"o"'],
    ['"o"', 'W/"o"', 'W/"o"'],
    ['W/"o"', '"o"', '"o"'],
    ['"o"', 'W/"n"', '"o"'],
  ])("of a stored tag %s and a new one %s keeps %s: that of the body", (old, news, kept) => {
    expect(freshenedFields(["ETag", old], ["ETag", news])).toEqual(["ETag", kept]);
  });

  it("takes a tag where there was none", () => {
    expect(freshenedFields([], ["ETag", '"n"'])).toEqual(["ETag", '"n"']);
  });
});

describe("freshens()", () => {
  const tag = ["ETag", '"a"'];
  const weak = ["ETag", 'W/"a"'];
  const date = ["Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"];
  const later = ["Last-Modified", "Thu, 01 Jan 2026 00:00:01 GMT"];
  const byTag = ["If-None-Match", '"a"'];
  const byDate = ["If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"];

  it.each([
    { what: "the stored tag", stored: tag, news: tag, sent: byTag },
    {
      what: "the stored tag, with a new date",
      stored: [...tag, ...date],
      news: [...tag, ...later],
      sent: byTag,
    },
    { what: "the weak form of the stored tag", stored: tag, news: weak, sent: byTag },
    { what: "the stored weak tag", stored: weak, news: weak, sent: ["If-None-Match", 'W/"a"'] },
    { what: "the stored date", stored: date, news: date, sent: byDate },
    { what: "no validator, to the stored tag alone", stored: tag, news: [], sent: byTag },
    {
      what: "no validator, to both",
      stored: [...tag, ...date],
      news: [],
      sent: [...byTag, ...byDate],
    },
    { what: "no validator, where none was stored", stored: [], news: [], sent: [] },
  ])("is true for a 304 with $what (RFC 9111 section 4.3.4)", ({ stored, news, sent }) => {
    expect(freshens({ fields: stored }, news, sent)).toBe(true);
  });

  it.each([
    { what: "another tag", stored: tag, news: ["ETag", '"b"'], sent: byTag },
    {
      what: "another tag and the stored date",
      stored: [...tag, ...date],
      news: ["ETag", '"b"', ...date],
      sent: byTag,
    },
    { what: "another weak tag", stored: tag, news: ["ETag", 'W/"b"'], sent: byTag },
    {
      what: "a strong tag for a weak one",
      stored: weak,
      news: tag,
      sent: ["If-None-Match", 'W/"a"'],
    },
    { what: "a tag where none was stored", stored: date, news: tag, sent: byDate },
    { what: "another date", stored: date, news: later, sent: byDate },
    { what: "a date where none was stored", stored: tag, news: date, sent: byTag },
    {
      what: "no validator, to a tag that is not the stored one",
      stored: tag,
      news: [],
      sent: ["If-None-Match", '"b"'],
    },
    {
      what: "no validator, to a date that is not the stored one",
      stored: tag,
      news: [],
      sent: byDate,
    },
  ])("is false for a 304 with $what (RFC 9111 section 4.3.4)", ({ stored, news, sent }) => {
    expect(freshens({ fields: stored }, news, sent)).toBe(false);
  });
});
