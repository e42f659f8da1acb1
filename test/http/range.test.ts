import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerRange, isOnePart } from "../../src/http/range.ts";
import { imfDate } from "../support/imf-date.ts";
import { storedResponse } from "../support/stored-response.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const MODIFIED = imfDate(NOW - 60_000);
const stored = storedResponse({
  body: new TextEncoder().encode("0123456789"),
  etag: '"abc"',
  fields: ["Last-Modified", MODIFIED, "Date", imfDate(NOW)],
  receivedAt: NOW,
});

function range(value: string, ifRange?: string): string[] {
  return ["Range", value, ...(ifRange === undefined ? [] : ["If-Range", ifRange])];
}

describe("answerRange()", () => {
  it.each([
    ["bytes=0-1", 0, 2],
    ["bytes=1-", 1, 10],
    ["bytes=-1", 9, 10],
    ["bytes=-99", 0, 10],
    ["bytes=9-9", 9, 10],
    ["bytes=5-9999999999999999999999", 5, 10],
    ["BYTES=0-0", 0, 1],
    ["bytes= 2-3 ", 2, 4],
    ["bytes=007-8", 7, 9],
  ])("answers %s by the bytes from %d to %d (RFC 9110 section 14.1.2)", (value, from, to) => {
    const contentRange = `bytes ${from}-${to - 1}/10`;
    expect(answerRange(stored, range(value))).toEqual({ kind: "part", from, to, contentRange });
  });

  it.each(["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"])(
    "refuses %s, which lies beyond the end (RFC 9110 section 15.5.17)",
    (value) => {
      const refused = { kind: "unsatisfiable", contentRange: "bytes */10" };
      expect(answerRange(stored, range(value))).toEqual(refused);
    },
  );

  it.each([
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=1",
    "bytes=a-b",
    "bytes=2-1",
    "bytes=0-1,4-5",
    "bytes=0-1,",
    "bytes=1.0-2",
    "bytes=+1-2",
    "bytes=0 -1",
    "bytes 0-1",
    "items=0-1",
  ])("answers %j whole: it asks for several ranges or is none", (value) => {
    expect(answerRange(stored, range(value))).toEqual({ kind: "whole" });
  });

  it("answers whole without Range, with two of them, and where no 200 is stored", () => {
    const asked = range("bytes=0-1");
    expect(answerRange(stored, [])).toEqual({ kind: "whole" });
    expect(answerRange(stored, [...asked, ...asked])).toEqual({ kind: "whole" });
    expect(answerRange({ ...stored, status: 404 }, asked)).toEqual({ kind: "whole" });
  });

  it("has no part of an empty body", () => {
    const empty = { ...stored, body: new Uint8Array() };
    expect(answerRange(empty, range("bytes=-5"))).toEqual({ kind: "whole" });
    const refused = { kind: "unsatisfiable", contentRange: "bytes */0" };
    expect(answerRange(empty, range("bytes=0-"))).toEqual(refused);
    expect(answerRange(empty, range("bytes=-0"))).toEqual(refused);
  });

  it.each(['"abc"', MODIFIED, "Monday, 15-Jun-26 11:59:00 GMT"])(
    "obeys Range where If-Range %s names what is stored (RFC 9110 section 13.1.5)",
    (validator) => {
      expect(answerRange(stored, range("bytes=0-1", validator)).kind).toBe("part");
    },
  );

  it.each(['"x"', 'W/"abc"', '"abc--gzip"', imfDate(NOW - 61_000), imfDate(NOW), "abc", "", "*"])(
    "answers whole where If-Range %j does not (RFC 9110 section 13.1.5)",
    (validator) => {
      expect(answerRange(stored, range("bytes=0-1", validator)).kind).toBe("whole");
      expect(answerRange(stored, range("bytes=99-", validator)).kind).toBe("whole");
    },
  );

  it("trusts no weak validator: a weak tag, a date without Date, a date of the same second", () => {
    const weak = { ...stored, etag: 'W/"abc"' };
    expect(answerRange(weak, range("bytes=0-1", 'W/"abc"')).kind).toBe("whole");
    for (const fields of [
      ["Last-Modified", MODIFIED],
      ["Last-Modified", MODIFIED, "Date", MODIFIED],
    ]) {
      const asked = range("bytes=0-1", MODIFIED);
      expect(answerRange({ ...stored, fields }, asked).kind).toBe("whole");
    }
  });

  it("gives a part that lies within the body, or says why not", () => {
    const offset = fc.nat(30);
    fc.assert(
      fc.property(offset, fc.option(offset), fc.nat(20), (first, last, length) => {
        const body = new Uint8Array(length);
        const answer = answerRange({ ...stored, body }, range(`bytes=${first}-${last ?? ""}`));
        const expected = last !== null && last < first ? "whole" : "unsatisfiable";
        expect(answer.kind).toBe(first < length && expected !== "whole" ? "part" : expected);
        if (answer.kind !== "part") return;
        expect(answer.from).toBe(first);
        expect(answer.to).toBe(Math.min((last ?? length) + 1, length));
      }),
    );
  });
});

describe("isOnePart()", () => {
  const asked = range("bytes=-5");

  it.each(["bytes 4-9/10", "bytes 0-0/*", "Bytes 007-8/9"])("is true for %s", (contentRange) => {
    expect(isOnePart(asked, ["content-range", contentRange])).toBe(true);
  });

  it.each(["bytes */10", "bytes 4-9", "items 4-9/10", "bytes 4-9/10, bytes 0-1/10", ""])(
    "is false for %j (RFC 9110 section 14.4)",
    (contentRange) => {
      expect(isOnePart(asked, ["Content-Range", contentRange])).toBe(false);
    },
  );

  it("is false where nobody asked for a range, or it is not said once which part it is", () => {
    const one = ["Content-Range", "bytes 4-9/10"];
    expect(isOnePart([], one)).toBe(false);
    expect(isOnePart([...asked, ...range("bytes=0-1")], one)).toBe(false);
    expect(isOnePart(asked, [...one, ...one])).toBe(false);
    expect(isOnePart(asked, ["Content-Type", "multipart/byteranges; boundary=x"])).toBe(false);
  });
});
