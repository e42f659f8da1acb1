import { createServer, request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { envelope, mannerFields, throttled, write } from "./answer.ts";
import type { AddressInfo } from "node:net";
import type { Writing } from "./answer.ts";
import type { Action } from "./scripts.ts";

const BODY = JSON.stringify({ error: false, text: "x".repeat(200) });
const KEY = "k/1 +é";

/** A server that answers each request by one way of writing. */
async function writing(perform: (one: Writing) => number) {
  const statuses: number[] = [];
  const server = createServer((_, response) => {
    statuses.push(perform({ response, fields: { "X-Manner": "php" }, body: BODY, key: KEY }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    statuses,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function written(action: Action) {
  await using server = await writing((one) => write(action, one));
  const { statusCode, headers, body } = await request(server.url);
  const content = Buffer.from(await body.arrayBuffer());
  return { status: statusCode, fields: headers, content, statuses: server.statuses };
}

describe("mannerFields()", () => {
  it("forbids storing as PHP does, and sets a session", () => {
    expect(mannerFields({ phpFields: true, session: true })).toEqual({
      Expires: "Thu, 19 Nov 1981 08:52:00 GMT",
      "Cache-Control": "no-store, no-cache, must-revalidate",
      Pragma: "no-cache",
      "Set-Cookie": expect.stringMatching(/^[0-9a-f]{32}=/),
    });
    expect(mannerFields({ phpFields: false, session: false })).toEqual({});
  });
});

describe("envelope()", () => {
  it("wraps a result with timestamp and elapsed, no two alike", () => {
    const envelopes = Array.from({ length: 100 }, () => envelope({ ticket: { id: 1 } }));
    expect(new Set(envelopes).size).toBe(100);
    expect(JSON.parse(envelopes[0] ?? "")).toEqual({
      timestamp: expect.any(Number),
      elapsed: expect.any(Number),
      message: "ok",
      success: true,
      ticket: { id: 1 },
      error: false,
    });
  });

  it("says an error with both of its marks", () => {
    expect(JSON.parse(envelope({ error: "no" }))).toMatchObject({
      message: "no",
      success: false,
      error: true,
    });
  });
});

describe("write()", () => {
  it.each<{ name: string; action: Action; status: number; type: string; content: string }>([
    { name: "nothing scripted", action: {}, status: 200, type: "application/json", content: BODY },
    {
      name: "a status",
      action: { status: 503 },
      status: 503,
      type: "application/json",
      content: BODY,
    },
    {
      name: "a body",
      action: { status: 500, body: "oops" },
      status: 500,
      type: "application/json",
      content: "oops",
    },
    { name: "HTML", action: { html: true }, status: 200, type: "text/html", content: "<h1>" },
    {
      name: "an error envelope",
      action: { envelopeError: "no such" },
      status: 200,
      type: "application/json",
      content: '"message":"no such","success":false,"error":true',
    },
    {
      name: "a throttle",
      action: { throttle: {} },
      status: 429,
      type: "application/json",
      content: "exceeded",
    },
    {
      name: "trailers",
      action: { trailers: true },
      status: 200,
      type: "application/json",
      content: BODY,
    },
    {
      name: "early hints",
      action: { early: true },
      status: 200,
      type: "application/json",
      content: BODY,
    },
  ])("answers $status $type for $name", async ({ action, status, type, content }) => {
    const answer = await written(action);
    expect([answer.status, answer.statuses]).toEqual([status, [status]]);
    expect(answer.fields["content-type"]).toContain(type);
    expect(answer.fields["x-manner"]).toBe("php");
    expect(answer.content.toString()).toContain(content);
  });

  it.each(["7", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])(
    "sends the Retry-After %j that a throttle says (RFC 9110 section 10.2.3), or none",
    async (retryAfter) => {
      expect((await written({ throttle: { retryAfter } })).fields["retry-after"]).toBe(retryAfter);
      expect((await written({ throttle: {} })).fields).not.toHaveProperty("retry-after");
    },
  );

  it("sends scripted fields, several of one name too, over its own", async () => {
    const fields = { "X-A": ["1", "2"], "X-Manner": "own", "Content-Type": "text/csv" };
    const answer = await written({ fields });
    expect(answer.fields["x-a"]).toEqual(["1", "2"]);
    expect([answer.fields["x-manner"], answer.fields["content-type"]]).toEqual(["own", "text/csv"]);
    expect(answer.content.toString()).toBe(BODY);
  });

  it("redirects", async () => {
    const answer = await written({ redirect: "http://elsewhere.example/" });
    expect([answer.status, answer.fields["location"]]).toEqual([302, "http://elsewhere.example/"]);
  });

  it("gives the key back, plain and encoded", async () => {
    await using server = await writing(({ response, fields, body }) =>
      write({ echoKey: true }, { response, fields, body, key: "k/1 +" }),
    );
    const { headers, body } = await request(server.url);
    expect(headers).toMatchObject({
      "x-echo": "k/1 +",
      location: "/api/ticket/1?apikey=k%2F1%20%2B",
    });
    expect(await body.json()).toEqual({ error: false, key: "k/1 +", encoded: "k%2F1%20%2B" });
  });

  it("packs its body", async () => {
    const answer = await written({ gzip: true });
    expect(answer.fields["content-encoding"]).toBe("gzip");
    expect(gunzipSync(answer.content).toString()).toBe(BODY);
  });

  it("sends 103 first, and trailers last, where it is scripted (RFC 8297, RFC 9110 section 6.5)", async () => {
    await using server = await writing((one) =>
      write(server.statuses.length === 0 ? { early: true } : { trailers: true }, one),
    );
    const seen = async () => {
      const hints: number[] = [];
      const { promise, resolve, reject } = Promise.withResolvers<NodeJS.Dict<string>>();
      const asked = httpRequest(server.url, { agent: false }, (answer) => {
        answer.resume().on("end", () => resolve(answer.trailers));
      });
      asked.on("information", ({ statusCode }) => hints.push(statusCode));
      asked.on("error", reject).end();
      return { trailers: await promise, hints };
    };
    expect(await seen()).toEqual({ trailers: {}, hints: [103] });
    expect(await seen()).toEqual({ trailers: { "x-elapsed": "0.01" }, hints: [] });
  });

  it("closes the connection instead of an answer", async () => {
    await using server = await writing((one) => write({ reset: true }, one));
    await expect(request(server.url)).rejects.toThrow(/closed|reset|hang up/);
    expect(server.statuses).toEqual([0]);
  });

  it.each<{ name: string; action: Action; sent: number }>([
    { name: "in its body", action: { truncate: true }, sent: BODY.length },
    { name: "right after the head", action: { resetAfterHead: true }, sent: 0 },
  ])("breaks off $name", async ({ action, sent }) => {
    await using server = await writing((one) => write(action, one));
    const { statusCode, headers, body } = await request(server.url);
    expect([statusCode, headers["content-length"]]).toEqual([200, String(BODY.length + 1000)]);
    let bytes = 0;
    const all = (async () => {
      for await (const chunk of body) bytes += (chunk as Buffer).length;
    })();
    await expect(all).rejects.toThrow(/terminated|aborted|other side closed|ECONNRESET/);
    expect(bytes).toBe(sent);
  });

  it("sends bytes that are no answer", async () => {
    await using server = await writing((one) => write({ garbage: true }, one));
    await expect(request(server.url)).rejects.toThrow(/HPE_|Expected HTTP|Parse Error/i);
  });

  it("announces less than it sends", async () => {
    await using server = await writing((one) => write({ wrongLength: true }, one));
    const { headers, body } = await request(server.url);
    expect(headers["content-length"]).toBe("10");
    expect(await body.text()).toBe(BODY.slice(0, 10));
  });

  it("sends a body without end, until its client goes", async () => {
    await using server = await writing((one) => write({ endless: true }, one));
    const { body } = await request(server.url);
    let bytes = 0;
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > 5000) break;
    }
    expect(bytes).toBeGreaterThan(5000);
  });

  it("drips, and in the end has sent everything", async () => {
    await using server = await writing((one) => write({ drip: { bytes: 30, everyMs: 5 } }, one));
    const { body } = await request(server.url);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe(BODY);
    expect(chunks.length).toBeGreaterThan(1);
  });
});

describe("throttled()", () => {
  it("is 429 with the application's own envelope", async () => {
    await using server = await writing((one) => throttled(one, "12"));
    const { statusCode, headers, body } = await request(server.url);
    expect([statusCode, headers["retry-after"]]).toEqual([429, "12"]);
    expect(await body.json()).toMatchObject({ success: false, error: true });
  });
});
