import { describe, expect, it } from "vitest";
import { freshenedFields } from "../../src/http/freshen.ts";

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

  it.each(["Content-Encoding", "content-length", "Content-Type", "CONTENT-RANGE"])(
    "leaves the stored body's %s (RFC 9111 section 3.2)",
    (name) => {
      expect(freshenedFields([name, "old"], [name, "new"])).toEqual([name, "old"]);
      expect(freshenedFields([], [name, "new"])).toEqual([]);
    },
  );

  it("takes nothing of the 304's connection, nor what its Connection lists", () => {
    const news = ["Connection", "X-Hop", "X-Hop", "2", "Keep-Alive", "timeout=5", "ETag", '"n"'];
    expect(freshenedFields(["X-Hop", "1", "ETag", '"o"'], news)).toEqual([
      "X-Hop",
      "1",
      "ETag",
      '"n"',
    ]);
  });

  it("starts ages anew where the 304 says how old it is", () => {
    const stored = ["Date", "Thu, 01 Jan 1970 00:00:00 GMT", "Age", "50"];
    const news = ["Date", "Thu, 01 Jan 1970 00:01:00 GMT", "Age", "0"];
    expect(freshenedFields(stored, news)).toEqual(news);
  });
});
