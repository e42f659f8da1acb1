import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Forwarder, type Forwarding } from "../../src/forward/forward.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { upstream } from "../support/settings.ts";
import { ScriptedUpstream } from "../support/workbench.ts";
import type { RequestBody } from "../../src/forward/request-body.ts";
import type { RawFields } from "../../src/http/fields.ts";
import type { Upstream } from "../../src/ports/settings.ts";
import type { UpstreamClient, UpstreamReply } from "../../src/ports/upstream-client.ts";

const KEY = "sim-secret/1";
const STARS = "*".repeat(KEY.length);
const keys = [{ in: "query", name: "apikey", value: KEY } as const];

function forwarding(changes: Partial<Forwarding> = {}): Forwarding {
  return {
    outbound: { method: "GET", target: "/x", fields: [] },
    body: { kind: "none" },
    form: undefined,
    signal: new AbortController().signal,
    mayDepart: () => true,
    onInformation: () => {},
    client: [],
    trace: undefined,
    ...changes,
  };
}

/** A forwarder before an upstream that gives one reply. */
function before(reply: Partial<UpstreamReply>, changes: Partial<Upstream> = {}): Forwarder {
  const whole: UpstreamReply = {
    status: 200,
    reason: "",
    fields: [],
    body: Readable.from([]),
    trailers: () => [],
    ...reply,
  };
  const send = async (request: Parameters<UpstreamClient["send"]>[0]): Promise<UpstreamReply> => {
    request.onInformation(103, ["Link", `</a?apikey=${KEY}>`, "Connection", "close"]);
    return whole;
  };
  return new Forwarder({
    upstream: upstream({ keys, ...changes }),
    client: { send, close: async () => {} },
    clock: new FakeClock(),
  });
}

function scripted(): { forwarder: Forwarder; client: ScriptedUpstream; clock: FakeClock } {
  const clock = new FakeClock();
  const client = new ScriptedUpstream(clock);
  return {
    clock,
    client,
    forwarder: new Forwarder({ upstream: upstream({ keys }), client, clock }),
  };
}

describe("forward() in a trace", () => {
  const own = ["traceparent", "00-own"];

  function trace() {
    const ends: unknown[] = [];
    const step = () => ({ fields: own, end: (result: unknown) => void ends.push(result) });
    return { ends, trace: { step, end: () => {} } };
  }

  it("hands its own step on, and ends it with the upstream's status", async () => {
    const { forwarder, client } = scripted();
    const { ends, trace: given } = trace();
    const reply = await forwarder.forward(forwarding({ trace: given }));
    reply.body.resume();
    expect(client.seen[0]?.request.fields).toEqual(own);
    expect(ends).toEqual([{ status: 200 }]);
  });

  it("ends it with what went wrong", async () => {
    const { forwarder, client } = scripted();
    client.script.push({ fault: "unreachable" });
    const { ends, trace: given } = trace();
    await expect(forwarder.forward(forwarding({ trace: given }))).rejects.toThrow("unreachable");
    expect(ends).toMatchObject([{ error: { kind: "unreachable" } }]);
  });
});

describe("forward()", () => {
  it("masks the key wherever the upstream echoes it: reason, fields, body, trailers, interim fields (P9)", async () => {
    const informed: unknown[] = [];
    const forwarder = before({
      reason: `Bad ${KEY}`,
      fields: ["Location", `/x?apikey=${encodeURIComponent(KEY)}`],
      body: Readable.from([Buffer.from(`a ${KEY.slice(0, 5)}`), Buffer.from(`${KEY.slice(5)} b`)]),
      trailers: () => ["X-Key", KEY],
    });
    const forwarded = await forwarder.forward(
      forwarding({ onInformation: (status, fields) => informed.push([status, ...fields]) }),
    );
    expect(await text(forwarded.body)).toBe(`a ${STARS} b`);
    expect(forwarded.reason).toBe(`Bad ${STARS}`);
    expect(forwarded.fields).toEqual(["Location", `/x?apikey=${STARS}**`]);
    expect(forwarded.trailers()).toEqual(["X-Key", STARS]);
    expect(informed).toEqual([[103, "Link", `</a?apikey=${STARS}>`]]);
  });

  it("masks inside a content coding, which it undoes, and passes no hop-by-hop field", async () => {
    const fields = ["Content-Encoding", "gzip", "Connection", "X-Hop", "X-Hop", "1", "X-A", "1"];
    const forwarder = before({ fields, body: Readable.from([gzipSync(`"${KEY}"`)]) });
    const forwarded = await forwarder.forward(forwarding());
    expect(forwarded.fields).toEqual(["X-A", "1"]);
    expect(await text(forwarded.body)).toBe(`"${STARS}"`);
  });

  it("passes on what is said of a credential only where that is the client's own", async () => {
    const fields = ["WWW-Authenticate", "Basic", "Authentication-Info", "x=1"];
    const ours = await before({ status: 403, fields }).forward(forwarding());
    const theirs = await before({ status: 403, fields }, { keys: [] }).forward(forwarding());
    expect([ours.fields, theirs.fields]).toEqual([[], fields]);
  });

  it.each(["GET", "HEAD"])(
    "lets codings of a %s pass as they are, where the upstream says so",
    async (method) => {
      const coded = gzipSync('"a"');
      const fields = ["Content-Encoding", "gzip", "Content-Length", String(coded.length)];
      const reply = { fields, body: Readable.from([coded]) };
      const forwarder = before(reply, { coding: "pass", keys: [] });
      const outbound = { method, target: "/x", fields: [] };
      const forwarded = await forwarder.forward(forwarding({ outbound }));
      expect(forwarded.fields).toEqual(fields);
      expect(await buffer(forwarded.body)).toEqual(coded);
    },
  );

  it.each([
    { method: "HEAD", status: 200, coding: ["Content-Encoding", "gzip"], left: [] },
    { method: "GET", status: 304, coding: ["content-encoding", "gzip"], left: [] },
    { method: "HEAD", status: 200, coding: [], left: ["Content-Length", "9"] },
    {
      method: "HEAD",
      status: 200,
      coding: ["Content-Encoding", "compress"],
      left: ["Content-Encoding", "compress", "Content-Length", "9"],
    },
  ])(
    "gives $status to $method the length that its body would have here (RFC 9110 section 8.6): $left",
    async ({ method, status, coding, left }) => {
      const forwarder = before({ status, fields: [...coding, "Content-Length", "9"] });
      const outbound = { method, target: "/x", fields: [] };
      const forwarded = await forwarder.forward(forwarding({ outbound }));
      expect(forwarded.fields).toEqual(left);
      expect(await buffer(forwarded.body)).toHaveLength(0);
    },
  );

  it("fails the body that the upstream breaks off, and says when the connection is done", async () => {
    const broken = new Error("cut");
    const body = new Readable({ read: () => {} });
    const forwarded = await before({ body }).forward(forwarding());
    body.push("half");
    body.destroy(broken);
    await forwarded.closed;
    await expect(text(forwarded.body)).rejects.toBe(broken);
  });

  it("closes the upstream's body when the reader lets go of the answer", async () => {
    const body = new Readable({ read: () => {} });
    const forwarded = await before({ body }).forward(forwarding());
    forwarded.body.destroy();
    await forwarded.closed;
    expect(body.destroyed).toBe(true);
  });

  it("adds the key to what is sent alone, and keeps the length that a streamed body declared", async () => {
    const { forwarder, client } = scripted();
    const stream = Readable.from([Buffer.from("ab")]);
    const hastened: number[] = [];
    const bodies: RequestBody[] = [
      { kind: "none" },
      { kind: "whole", bytes: Buffer.from("a") },
      { kind: "stream", stream, declaredBytes: 2, hasten: (ms) => hastened.push(ms) },
      { kind: "stream", stream, declaredBytes: undefined, hasten: (ms) => hastened.push(ms) },
    ];
    const outbound = { method: "POST", target: "/x?a", fields: ["Accept", "*/*"] };
    for (const body of bodies) await forwarder.forward(forwarding({ outbound, body }));
    const sent = client.seen.map(({ request }) => [request.target, request.fields, request.body]);
    const plain: RawFields = ["Accept", "*/*"];
    const target = "/x?a&apikey=sim-secret%2F1";
    expect(sent).toEqual([
      [target, plain, null],
      [target, plain, Buffer.from("a")],
      [target, [...plain, "Content-Length", "2"], stream],
      [target, plain, stream],
    ]);
    expect(outbound.target).toBe("/x?a");
    // What has left may not stand still.
    expect(hastened).toEqual([5000, 5000]);
  });

  it("counts from the instant of leaving, not from the wait for a connection", async () => {
    const { forwarder, client, clock } = scripted();
    client.script.push({ connectMs: 700 });
    const start = clock.now();
    const leaving = forwarder.forward(forwarding());
    await clock.advance(1000);
    const { requestedAt, receivedAt, upstreamMs } = await leaving;
    expect([requestedAt - start, receivedAt - start, upstreamMs]).toEqual([700, 700, 0]);
  });

  it("sends nothing where the permit has run out, and passes on how the upstream failed", async () => {
    const { forwarder, client } = scripted();
    const late = forwarder.forward(forwarding({ mayDepart: () => false }));
    await expect(late).rejects.toMatchObject({ kind: "not-departed" });
    expect(client.seen).toHaveLength(0);
    client.script.push({ fault: "broken" });
    await expect(forwarder.forward(forwarding())).rejects.toMatchObject({ kind: "broken" });
  });
});
