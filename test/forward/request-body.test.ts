import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRequestBody, type BodyTerms } from "../../src/forward/request-body.ts";

const TERMS: BodyTerms = {
  hasBody: true,
  declaredBytes: undefined,
  replayBytes: 10,
  mostBytes: 40,
};

describe("readRequestBody()", () => {
  it("keeps a small body whole, streams a larger one byte for byte, and refuses one above the bound", async () => {
    const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 16 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(parts, async (chunks) => {
        const all = Buffer.concat(chunks);
        const outcome = await readRequestBody(
          Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
          TERMS,
        )
          .then(async (body) => {
            if (body.kind === "none") return "none";
            const whole = body.kind === "whole";
            const bytes = whole ? body.bytes : await buffer(body.stream);
            return `${body.kind} ${Buffer.from(bytes).toString("hex")}`;
          })
          .catch((error: unknown) => (error as { type?: string }).type);
        const kind = all.length > TERMS.replayBytes ? "stream" : "whole";
        const passed = `${kind} ${all.toString("hex")}`;
        expect(outcome).toBe(all.length > TERMS.mostBytes ? "body-too-large" : passed);
      }),
    );
  });

  it("refuses by the declared length alone, before anything is read", async () => {
    const source = new PassThrough();
    const reading = readRequestBody(source, { ...TERMS, declaredBytes: 41 });
    await expect(reading).rejects.toMatchObject({ type: "body-too-large", status: 413 });
  });

  it("knows of no body where the head has none", async () => {
    const terms = { ...TERMS, hasBody: false };
    expect(await readRequestBody(new PassThrough(), terms)).toEqual({ kind: "none" });
  });

  it("does not let a client that left in the middle look like one that finished", async () => {
    const source = new PassThrough();
    source.write(Buffer.alloc(11));
    const body = await readRequestBody(source, TERMS);
    expect(body.kind).toBe("stream");
    const reading = body.kind === "stream" ? buffer(body.stream) : Promise.resolve();
    source.destroy();
    await expect(reading).rejects.toThrow("broke off");
  });

  it("refuses what grows beyond the bound while it streams, whatever its head declared", async () => {
    const source = new PassThrough();
    source.write(Buffer.alloc(11));
    const body = await readRequestBody(source, { ...TERMS, declaredBytes: 12 });
    source.end(Buffer.alloc(30));
    const reading = body.kind === "stream" ? buffer(body.stream) : Promise.resolve();
    await expect(reading).rejects.toMatchObject({ type: "body-too-large" });
  });

  it("fails a body that stands still once it is to hurry, and says whose fault it is", async () => {
    const client = new PassThrough();
    client.write(Buffer.alloc(11));
    const slow = await readRequestBody(client, TERMS);
    expect(slow.kind).toBe("stream");
    const reading = slow.kind === "stream" ? buffer(slow.stream) : Promise.resolve();
    if (slow.kind === "stream") slow.hasten(20);
    await expect(reading).rejects.toMatchObject({ type: "body-stalled", status: 408 });

    const other = new PassThrough();
    other.write(Buffer.alloc(11));
    const unread = await readRequestBody(other, TERMS);
    const failed = Promise.withResolvers<unknown>();
    if (unread.kind === "stream") {
      unread.stream.on("error", failed.resolve);
      unread.hasten(20);
    }
    expect(await failed.promise).toMatchObject({ kind: "timeout" });
  });

  it("throws what broke a small body off", async () => {
    const source = new PassThrough();
    source.write("abc");
    queueMicrotask(() => source.destroy(new Error("reset")));
    await expect(readRequestBody(source, TERMS)).rejects.toThrow("reset");
  });
});
