import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fieldLines } from "../../src/http/fields.ts";
import { Problem, problemTypes, type ProblemType } from "../../src/http/problem.ts";
import { answerFromProblem, answerFromStored, asProblem } from "../../src/respond/answer.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";

const DATE = ["Date", "Fri, 15 Jan 2027 08:00:00 GMT"];
const GET = { method: "GET", fields: [] };
const NEW = { ageMs: undefined, coding: "own" } as const;

/** A stored page of 5000 bytes. */
function page(changes: Partial<StoredResponse> = {}): StoredResponse {
  const fields = ["Content-Type", "text/plain", "ETag", '"abc"', ...DATE];
  return storedResponse({ fields, body: Buffer.from("0123456789".repeat(500)), ...changes });
}

function asking(...fields: string[]) {
  return { method: "GET", fields };
}

describe("answerFromStored()", () => {
  it("adds Age, the entity tag, private where the origin said nothing of caching, and when it came", async () => {
    const stored = storedResponse({ fields: ["Content-Type", "application/json"] });
    const { status, fields, body } = await answerFromStored(stored, GET, { ...NEW, ageMs: 2999 });
    expect([status, body]).toEqual([200, stored.body]);
    expect(fields).toEqual([
      "Content-Type",
      "application/json",
      "Age",
      "2",
      "ETag",
      '"abc"',
      "Cache-Control",
      "private",
      ...DATE,
    ]);
  });

  it("never widens what the origin said, and leaves its tag, its age and its Date as they came", async () => {
    const fields = ["Cache-Control", "no-store, private", "ETag", '"o"', "Age", "7", ...DATE];
    const stored = storedResponse({ fields, overridden: true });
    expect((await answerFromStored(stored, GET, NEW)).fields).toEqual(fields);
  });

  it("answers 304 without the body's fields where the client has it (RFC 9110 section 15.4.5)", async () => {
    const fields = ["Content-Type", "application/json", "Vary", "Accept", "Last-Modified", "x"];
    const conditional = asking("If-None-Match", 'W/"abc"');
    const answer = await answerFromStored(storedResponse({ fields }), conditional, NEW);
    expect([answer.status, answer.body]).toEqual([304, null]);
    expect(fieldLines(answer.fields, "content-type")).toEqual([]);
    expect(fieldLines(answer.fields, "last-modified")).toEqual([]);
    expect(fieldLines(answer.fields, "vary")).toEqual(["Accept"]);
    expect(fieldLines(answer.fields, "etag")).toEqual(['"abc"']);
  });

  it.each([
    { coding: "gzip", decode: gunzipSync },
    { coding: "br", decode: brotliDecompressSync },
    { coding: "zstd", decode: zstdDecompressSync },
  ])("sends a stored body in $coding, with a tag of its own", async ({ coding, decode }) => {
    for (const body of [page().body, Buffer.alloc(100_000, "x")]) {
      const request = asking("Accept-Encoding", coding);
      const answer = await answerFromStored(page({ body }), request, NEW);
      expect(decode(answer.body as Uint8Array).equals(body)).toBe(true);
      expect(fieldLines(answer.fields, "content-encoding")).toEqual([coding]);
      expect(fieldLines(answer.fields, "etag")).toEqual([`"abc--${coding}"`]);
      expect(fieldLines(answer.fields, "vary")).toEqual(["Accept-Encoding"]);
    }
  });

  it("says in identity too that the coding was negotiated", async () => {
    const answer = await answerFromStored(page(), GET, NEW);
    expect(answer.body).toEqual(page().body);
    expect(fieldLines(answer.fields, "vary")).toEqual(["Accept-Encoding"]);
    expect(fieldLines(answer.fields, "etag")).toEqual(['"abc"']);
  });

  it("leaves a body as it was stored where the upstream's codings pass", async () => {
    const telling = { ...NEW, coding: "pass" } as const;
    const answer = await answerFromStored(page(), asking("Accept-Encoding", "gzip"), telling);
    expect(answer.body).toEqual(page().body);
    expect(fieldLines(answer.fields, "vary")).toEqual([]);
  });

  it("adds no entity tag of its own where the upstream's codings pass", async () => {
    const stored = page({ fields: DATE, etag: '"sl-made"' });
    const tags = async (coding: "own" | "pass") =>
      fieldLines((await answerFromStored(stored, GET, { ...NEW, coding })).fields, "etag");
    expect([await tags("pass"), await tags("own")]).toEqual([[], ['"sl-made"']]);
  });

  it("sends a stored part as it is, whatever is asked of it", async () => {
    const fields = ["Content-Range", "bytes 2-4/10", "ETag", '"abc"', ...DATE];
    const stored = page({
      status: 206,
      reason: "Partial Content",
      fields,
      body: Buffer.from("234"),
    });
    const asked = asking("Range", "bytes=2-4");
    const answer = await answerFromStored(stored, asked, { ...NEW, coding: "pass" });
    expect([answer.status, answer.body]).toEqual([206, stored.body]);
    expect(fieldLines(answer.fields, "content-range")).toEqual(["bytes 2-4/10"]);
  });

  it("compares the tag that the body would be sent with, and a 304 carries it with Vary", async () => {
    const accepting = ["Accept-Encoding", "gzip", "If-None-Match"];
    const same = await answerFromStored(page(), asking(...accepting, '"abc--gzip"'), NEW);
    expect(same.status).toBe(304);
    expect(fieldLines(same.fields, "etag")).toEqual(['"abc--gzip"']);
    expect(fieldLines(same.fields, "vary")).toEqual(["Accept-Encoding"]);
    expect(fieldLines(same.fields, "content-encoding")).toEqual([]);
    for (const other of ['"abc"', '"abc--br"', '"x"']) {
      const answer = await answerFromStored(page(), asking(...accepting, other), NEW);
      expect([other, answer.status]).toEqual([other, 200]);
    }
    const plain = asking("If-None-Match", '"abc--gzip"', "If-Modified-Since", "x");
    expect((await answerFromStored(page(), plain, NEW)).status).toBe(200);
    expect((await answerFromStored(page(), asking("If-None-Match", "*"), NEW)).status).toBe(304);
  });

  it("sends a part of the body without coding, whatever is accepted (RFC 9110 section 14.2)", async () => {
    const request = asking("Range", "bytes=2-4", "Accept-Encoding", "gzip");
    const answer = await answerFromStored(page(), request, NEW);
    expect(answer.status).toBe(206);
    expect(Buffer.from(answer.body as Uint8Array).toString()).toBe("234");
    expect(fieldLines(answer.fields, "content-range")).toEqual(["bytes 2-4/5000"]);
    expect(fieldLines(answer.fields, "content-encoding")).toEqual([]);
    expect(fieldLines(answer.fields, "etag")).toEqual(['"abc"']);
  });

  it("answers a range that there is not with 416", async () => {
    const answer = await answerFromStored(page(), asking("Range", "bytes=9999-"), NEW);
    expect([answer.status, answer.body]).toEqual([416, null]);
    expect(fieldLines(answer.fields, "content-range")).toEqual(["bytes */5000"]);
  });

  it("judges preconditions before Range (RFC 9110 section 13.2.2)", async () => {
    const request = asking("Range", "bytes=2-4", "If-None-Match", '"abc"');
    expect((await answerFromStored(page(), request, NEW)).status).toBe(304);
  });

  it("sends the whole to a client whose part is of a coded body, since bytes of both do not fit", async () => {
    const request = asking("Range", "bytes=2-4", "If-Range", '"abc--gzip"');
    expect((await answerFromStored(page(), request, NEW)).status).toBe(200);
  });

  it("knows no ranges of HEAD, and tells of the body that GET would have", async () => {
    const head = { method: "HEAD", fields: ["Range", "bytes=2-4", "Accept-Encoding", "br"] };
    const answer = await answerFromStored(page(), head, NEW);
    expect(answer.status).toBe(200);
    expect(fieldLines(answer.fields, "content-encoding")).toEqual(["br"]);
    expect(brotliDecompressSync(answer.body as Uint8Array)).toHaveLength(5000);
  });
});

describe("answerFromProblem()", () => {
  it.each(Object.entries(problemTypes))("tells of %s in a problem document", (type, { status }) => {
    const problem = new Problem(type as ProblemType, {
      detail: "What happened, and what to do.",
      operatorNote: "for the log alone",
      members: { place: 3 },
    });
    const answer = answerFromProblem(problem, 'id "1"');
    expect(answer.status).toBe(status);
    expect(fieldLines(answer.fields, "content-type")).toEqual(["application/problem+json"]);
    expect(fieldLines(answer.fields, "cache-control")).toEqual(["no-store"]);
    expect(fieldLines(answer.fields, "www-authenticate")).toHaveLength(Number(status === 401));
    const text = Buffer.from(answer.body).toString();
    expect(text).not.toContain("for the log alone");
    expect(JSON.parse(text)).toMatchObject({
      type: `urn:sluice:problem:${type}`,
      status,
      detail: "What happened, and what to do.",
      instance: "urn:sluice:exchange:id%20%221%22",
      place: 3,
    });
  });

  it("says when to come back, in whole seconds", () => {
    const problem = new Problem("queue-full", { detail: "", retryAfterSeconds: 7 });
    expect(fieldLines(answerFromProblem(problem, "r").fields, "retry-after")).toEqual(["7"]);
  });
});

describe("asProblem()", () => {
  it("keeps a problem, and shows the client nothing of what nobody foresaw", () => {
    const problem = new Problem("draining", { detail: "" });
    expect(asProblem(problem)).toBe(problem);
    const unforeseen = asProblem(new TypeError("at /srv/secret.ts"));
    expect(unforeseen).toMatchObject({ type: "internal", status: 500 });
    expect(unforeseen.details.detail).not.toContain("secret");
    expect(unforeseen.details.operatorNote).toContain("secret");
  });
});
