import { describe, expect, it } from "vitest";
import { mayBeCoded, mayBeRecoded, negotiatedFields } from "../../src/respond/negotiated.ts";

function head(type: string, changes: { status?: number; fields?: readonly string[] } = {}) {
  const { status = 200, fields = [] } = changes;
  return { status, fields: ["Content-Type", type, ...fields] };
}

describe("mayBeCoded()", () => {
  it.each([
    "text/html",
    "TEXT/CSV; charset=utf-8",
    "application/json",
    "application/problem+json",
    "application/xml",
    "application/atom+xml",
    "application/javascript",
    "image/svg+xml",
  ])("lets %s be coded", (type) => {
    expect(mayBeCoded(head(type), 1024)).toBe(true);
  });

  it.each(["image/png", "application/zip", "application/octet-stream", "text/event-stream", ""])(
    "leaves %s alone",
    (type) => {
      expect(mayBeCoded(head(type), 100_000)).toBe(false);
    },
  );

  it("leaves small bodies alone", () => {
    expect(mayBeCoded(head("text/html"), 1023)).toBe(false);
  });

  it.each([
    { status: 204 },
    { status: 206 },
    { status: 304 },
    { fields: ["Content-Encoding", "gzip"] },
    { fields: ["cache-control", "max-age=5", "Cache-Control", "No-Transform"] },
  ])("leaves what is %j alone", (changes) => {
    expect(mayBeCoded(head("text/html", changes), 5000)).toBe(false);
    expect(mayBeRecoded(head("text/html", changes))).toBe(false);
  });
});

describe("mayBeRecoded()", () => {
  it("lets any type be coded again but an event stream", () => {
    expect(mayBeRecoded(head("application/octet-stream"))).toBe(true);
    expect(mayBeRecoded(head("Text/Event-Stream; charset=utf-8"))).toBe(false);
  });
});

describe("negotiatedFields()", () => {
  it("says in identity only that the coding was negotiated", () => {
    const fields = ["ETag", '"abc"', "Accept-Ranges", "bytes"];
    expect(negotiatedFields(fields, "identity")).toEqual([...fields, "Vary", "Accept-Encoding"]);
  });

  it("gives a coded body its coding and a tag of its own, and no field that is true of other bytes", () => {
    const of = ["Content-Length", "9", "Content-MD5", "x", "Digest", "x", "Repr-Digest", "x"];
    const fields = ["ETag", '"abc"', "X-A", "1", ...of, "Content-Digest", "x"];
    expect(negotiatedFields([...fields, "Accept-Ranges", "bytes"], "gzip")).toEqual([
      "X-A",
      "1",
      "Vary",
      "Accept-Encoding",
      "ETag",
      '"abc--gzip"',
      "Content-Encoding",
      "gzip",
    ]);
  });

  it("gives no tag where there is none", () => {
    expect(negotiatedFields([], "br")).not.toContain("ETag");
  });

  it("merges Vary, repeats nothing in it and leaves * untouched", () => {
    expect(negotiatedFields(["Vary", "Accept", "vary", "Origin"], "identity")).toEqual([
      "Vary",
      "Accept, Origin, Accept-Encoding",
    ]);
    const there = ["Vary", "Accept, accept-encoding"];
    expect(negotiatedFields(there, "identity")).toEqual(there);
    expect(negotiatedFields(["Vary", "*"], "identity")).toEqual(["Vary", "*"]);
  });
});
