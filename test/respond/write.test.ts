import { request as httpRequest } from "node:http";
import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readyAnswer, writeAnswer, writeReady, type Written } from "../../src/respond/write.ts";
import { httpOrigin } from "../support/origin.ts";
import type { Answer } from "../../src/respond/answer.ts";
import type { IncomingMessage } from "node:http";

const PLAIN: Answer = { status: 200, reason: "", fields: ["X-A", "1"], body: null };

const NOTHING = {
  statusCode: 0 as number | undefined,
  statusMessage: "" as string | undefined,
  rawHeaders: [] as string[],
  trailers: {},
  text: "",
  whole: false,
};

/** Lets a server write one answer, and says what a client saw of it. */
async function written(answer: Answer, method = "GET", signal = new AbortController().signal) {
  const ended = Promise.withResolvers<Written>();
  await using origin = await httpOrigin((_incoming, outgoing) => {
    writeAnswer(outgoing, answer, { method, signal }).then(ended.resolve, ended.reject);
  });
  const asking = httpRequest(origin.url, { method }).end();
  try {
    const [incoming] = (await once(asking, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    let whole = true;
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      whole = false;
    }
    const { statusCode, statusMessage, rawHeaders, trailers } = incoming;
    const text = Buffer.concat(chunks).toString();
    const seen = { statusCode, statusMessage, rawHeaders, trailers, text, whole };
    return { ...seen, written: await ended.promise };
  } catch {
    return { ...NOTHING, written: await ended.promise };
  }
}

function field(rawHeaders: readonly string[], name: string): string | undefined {
  return rawHeaders[rawHeaders.indexOf(name) + 1];
}

describe("writeAnswer()", () => {
  it("writes status, reason, repeated fields in their letter case, and bytes with their length", async () => {
    const fields = ["X-Twice", "1", "x-twice", "2", "Content-Length", "999", "Date", "then"];
    const body = Buffer.from("caf\u00E9");
    const seen = await written({ status: 418, reason: "Teapot", fields, body });
    expect(seen).toMatchObject({ statusCode: 418, statusMessage: "Teapot", text: "caf\u00E9" });
    expect(seen.rawHeaders.slice(0, 8)).toEqual([
      "X-Twice",
      "1",
      "x-twice",
      "2",
      "Date",
      "then",
      "Content-Length",
      "5",
    ]);
    expect(seen.written).toEqual({ bodyBytes: 5, end: "complete" });
  });

  it.each([
    { reason: "Caf\u00E9", phrase: "Caf\u00E9" },
    { reason: "O\u0001K", phrase: "OK" },
    { reason: "OK\r\nSet-Cookie: a=1", phrase: "OK" },
  ])("writes $reason as $phrase (RFC 9112 section 4)", async ({ reason, phrase }) => {
    const seen = await written({ ...PLAIN, reason, body: Buffer.from("abc") });
    expect([seen.statusMessage, seen.text]).toEqual([phrase, "abc"]);
    expect(seen.rawHeaders).not.toContain("Set-Cookie");
  });

  it("streams a body with its trailers", async () => {
    const body = Readable.from([Buffer.from("ab"), Buffer.from("c")]);
    const fields = ["Trailer", "X-Sum"];
    const seen = await written({ ...PLAIN, fields, body, trailers: () => ["X-Sum", "3"] });
    expect(seen).toMatchObject({ text: "abc", whole: true, trailers: { "x-sum": "3" } });
    expect(seen.written).toEqual({ bodyBytes: 3, end: "complete" });
  });

  it("answers HEAD with the length that GET would have, and no body", async () => {
    const seen = await written({ ...PLAIN, body: Buffer.from("abc") }, "HEAD");
    expect([field(seen.rawHeaders, "Content-Length"), seen.text]).toEqual(["3", ""]);
    const streamed = { ...PLAIN, fields: ["Content-Length", "7"], body: Readable.from(["x"]) };
    const other = await written(streamed, "HEAD");
    expect([field(other.rawHeaders, "Content-Length"), other.text]).toEqual(["7", ""]);
  });

  it("does not read all that a HEAD leaves unread", async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(10_000));
      },
    });
    expect((await written({ ...PLAIN, body: endless }, "HEAD")).whole).toBe(true);
    await expect.poll(() => endless.closed).toBe(true);
  });

  it("gives 204 no length, and 304 no body", async () => {
    const empty = await written({ ...PLAIN, status: 204, fields: ["Content-Length", "0"] });
    expect(empty.rawHeaders).not.toContain("Content-Length");
    const same = await written({ ...PLAIN, status: 304, body: Buffer.from("abc") });
    expect([same.statusCode, same.text, same.written.bodyBytes]).toEqual([304, "", 0]);
  });

  it("breaks the connection where the upstream's body breaks off, so that no part passes for the whole", async () => {
    const broken = new Error("cut");
    const body = Readable.from(
      (async function* cut() {
        yield Buffer.from("half");
        await Promise.resolve();
        throw broken;
      })(),
    );
    const seen = await written({ ...PLAIN, body });
    expect(seen.whole).toBe(false);
    expect(seen.written).toMatchObject({ end: "broken-off", brokenBy: broken });
  });

  it("tells a client that leaves in the middle from a body that breaks off, and lets go of the body", async () => {
    const leaving = new AbortController();
    const body = new Readable({ read: () => {} });
    body.push("half");
    const ended = Promise.withResolvers<Written>();
    await using origin = await httpOrigin((incoming, outgoing) => {
      incoming.on("close", () => leaving.abort());
      const reader = { method: "GET", signal: leaving.signal };
      writeAnswer(outgoing, { ...PLAIN, body }, reader).then(ended.resolve, ended.reject);
    });
    const asking = httpRequest(origin.url).on("error", () => {});
    asking.end();
    const [incoming] = (await once(asking, "response")) as [IncomingMessage];
    incoming.on("error", () => {});
    await once(incoming, "data");
    asking.destroy();
    expect(await ended.promise).toEqual({ bodyBytes: 4, end: "client-left" });
    expect(body.destroyed).toBe(true);
  });

  it("writes nothing for a client that has left, and lets go of the upstream's body", async () => {
    const body = Readable.from([Buffer.from("abc")]);
    const seen = await written({ ...PLAIN, body }, "GET", AbortSignal.abort());
    expect(seen.written).toEqual({ bodyBytes: 0, end: "client-left" });
    expect(body.destroyed).toBe(true);
  });
});

describe("readyAnswer()", () => {
  it.each([
    ["GET", 200, ["X-A", "1", "Content-Length", "2"], "ab"],
    ["HEAD", 200, ["X-A", "1", "Content-Length", "2"], null],
    ["GET", 304, ["X-A", "1"], null],
  ] as const)(
    "checks and frames for %s with %i once and for all",
    (method, status, ...[fields, text]) => {
      const body = status === 304 ? null : Buffer.from("ab");
      const unsafe = [...PLAIN.fields, "X-B", "a\nb"];
      const ready = readyAnswer({ ...PLAIN, status, fields: unsafe, body }, { method });
      expect(ready.fields).toEqual(fields);
      expect(ready.body?.toString() ?? null).toBe(text);
    },
  );
});

describe("writeReady()", () => {
  it("writes the answer with what is said of this request alone, and tells its length", async () => {
    const ready = readyAnswer({ ...PLAIN, body: Buffer.from("abc") }, { method: "GET" });
    const bytes: number[] = [];
    await using origin = await httpOrigin((_incoming, outgoing) => {
      bytes.push(writeReady(outgoing, ready, ["X-Own", "2"]));
    });
    const response = await fetch(origin.url);
    expect(await response.text()).toBe("abc");
    expect(Object.fromEntries(response.headers)).toMatchObject({ "x-a": "1", "x-own": "2" });
    expect(bytes).toEqual([3]);
  });
});
