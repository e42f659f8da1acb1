import { PassThrough, Readable } from "node:stream";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { createGunzip, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fieldLines } from "../../src/http/fields.ts";
import { recode } from "../../src/respond/recode.ts";
import type { Answer } from "../../src/respond/answer.ts";

const FIELDS = ["Content-Type", "application/json", "ETag", '"abc"'];
const GZIP = { method: "GET", fields: ["Accept-Encoding", "gzip"] };

function answer(changes: Partial<Answer> = {}): Answer {
  const body = Readable.from([Buffer.from("one "), Buffer.from("two")]);
  return { status: 200, reason: "OK", fields: FIELDS, body, wasCoded: true, ...changes };
}

function bodyOf({ body }: Answer): Readable {
  if (!(body instanceof Readable)) throw new Error("This body is no stream.");
  return body;
}

describe("recode()", () => {
  it("codes a stream that came coded as the client accepts", async () => {
    const coded = await recode(answer({ trailers: () => ["X-Sum", "7"] }), GZIP);
    expect(fieldLines(coded.fields, "content-encoding")).toEqual(["gzip"]);
    expect(fieldLines(coded.fields, "etag")).toEqual(['"abc--gzip"']);
    expect(fieldLines(coded.fields, "vary")).toEqual(["Accept-Encoding"]);
    expect(gunzipSync(await buffer(bodyOf(coded))).toString()).toBe("one two");
    expect(coded.trailers?.()).toEqual(["X-Sum", "7"]);
  });

  it("lets each chunk out as it comes", async () => {
    const body = new PassThrough();
    const read = bodyOf(await recode(answer({ body }), GZIP)).pipe(createGunzip());
    body.write("one ");
    const [begin] = (await once(read, "data")) as [Buffer];
    expect(begin.toString()).toBe("one ");
    body.end("two");
    expect((await buffer(read)).toString()).toBe("two");
  });

  it("sends identity with Vary to a client that accepts no coding", async () => {
    const came = answer();
    const plain = await recode(came, { method: "GET", fields: [] });
    expect(plain.body).toBe(came.body);
    expect(plain.fields).toEqual([...FIELDS, "Vary", "Accept-Encoding"]);
  });

  it("passes what came without coding as it came", async () => {
    const { wasCoded: _, ...came } = answer();
    expect(await recode(came, GZIP)).toBe(came);
    const stream = answer({ fields: ["Content-Type", "text/event-stream"] });
    expect(await recode(stream, GZIP)).toBe(stream);
  });

  it("codes a body that was read whole", async () => {
    const coded = await recode(answer({ body: Buffer.from("whole") }), GZIP);
    expect(gunzipSync(coded.body as Uint8Array).toString()).toBe("whole");
    const large = await recode(answer({ body: Buffer.alloc(100_000) }), GZIP);
    expect(gunzipSync(large.body as Uint8Array)).toHaveLength(100_000);
  });

  it("answers HEAD with the fields of GET, and codes nothing", async () => {
    const came = answer();
    const coded = await recode(came, { ...GZIP, method: "HEAD" });
    expect(coded.body).toBe(came.body);
    expect(fieldLines(coded.fields, "content-encoding")).toEqual(["gzip"]);
  });

  it("breaks off where the upstream's body breaks off", async () => {
    const broken = new Error("cut");
    const body = new PassThrough();
    const coded = await recode(answer({ body }), GZIP);
    body.write("half");
    body.destroy(broken);
    await expect(buffer(bodyOf(coded))).rejects.toBe(broken);
  });

  it("lets go of the upstream's body where its reader has left", async () => {
    const body = new PassThrough();
    const coded = await recode(answer({ body }), GZIP);
    // It is told why, which is no failure of the test.
    body.on("error", () => {});
    const closed = new Promise((resolve) => {
      body.once("close", resolve);
    });
    bodyOf(coded).destroy();
    await closed;
    expect(body.destroyed).toBe(true);
  });

  it.each([
    { sent: '"abc--gzip"', tag: '"abc--gzip"' },
    { sent: '"x", "abc--br"', tag: '"abc--br"' },
    { sent: '"abc--br", "abc--gzip"', tag: '"abc--gzip"' },
    { sent: '"abc"', tag: '"abc"' },
    { sent: '"other--gzip"', tag: '"abc"' },
    { sent: "*", tag: '"abc"' },
  ])("names in a 304 the tag that the client has of $sent", async ({ sent, tag }) => {
    const request = { method: "GET", fields: ["If-None-Match", sent, ...GZIP.fields] };
    const { fields } = await recode(answer({ status: 304, body: null }), request);
    expect(fieldLines(fields, "etag")).toEqual([tag]);
  });

  it("gives a 304 without a tag none", async () => {
    const came = answer({ status: 304, body: null, fields: [] });
    expect(await recode(came, GZIP)).toBe(came);
  });

  it("leaves alone what was answered from the store", async () => {
    const { wasCoded: _, ...stored } = answer({ status: 304, body: null });
    const request = { method: "GET", fields: ["If-None-Match", 'W/"abc--gzip"', ...GZIP.fields] };
    expect(await recode(stored, request)).toBe(stored);
  });
});
