import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { linesOf, wireOf } from "../../src/respond/wire.ts";
import { readyAnswer, writeReady } from "../../src/respond/write.ts";
import { httpOrigin } from "../support/origin.ts";
import type { Answer } from "../../src/respond/answer.ts";

const DATED: readonly string[] = ["X-A", "caf\u00E9", "x-a", "2", "Date", "then"];
const OWN = ["Via", "1.1 sluice", "Age", "3"];
const BODY = Buffer.from([0, 13, 10, 127, 128, 255]);

/** What Node writes of it on a connection that stays open. */
async function byNode(answer: Answer & { body: Uint8Array | null }, method: string) {
  await using origin = await httpOrigin((incoming, outgoing) => {
    if (incoming.url === "/last") outgoing.shouldKeepAlive = false;
    if (incoming.url === "/last") outgoing.end();
    else writeReady(outgoing, readyAnswer(answer, { method }), OWN);
  });
  const { hostname, port } = new URL(origin.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${method} / HTTP/1.1\r\nHost: h\r\n\r\nGET /last HTTP/1.1\r\nHost: h\r\n\r\n`);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  const text = Buffer.concat(chunks).toString("latin1");
  return text.slice(0, text.lastIndexOf("HTTP/1.1 200 OK\r\n"));
}

describe("wireOf()", () => {
  it.each([
    ["GET", 200, ""],
    ["GET", 418, "Caf\u00E9"],
    ["GET", 299, ""],
    ["HEAD", 200, ""],
    ["GET", 304, ""],
  ])(
    "writes an answer to %s with %i byte for byte as Node does",
    async (method, status, reason) => {
      const answer = { status, reason, fields: DATED, body: status === 304 ? null : BODY };
      const wire = wireOf(readyAnswer(answer, { method }), 5500);
      const seen = await byNode(answer, method);
      expect(`${wire?.before}${linesOf(OWN)}${wire?.behind}`).toBe(seen);
      expect(seen.endsWith(BODY.toString("latin1"))).toBe(method === "GET" && status !== 304);
    },
  );

  it.each([
    ["has no Date", {}, ["X-A", "1"]],
    ["closes its connection", {}, [...DATED, "Connection", "close"]],
    ["has a large body", { body: new Uint8Array(16_385) }, DATED],
  ])("leaves to Node what %s", (_what, more, fields) => {
    const answer = { status: 200, reason: "", fields, body: BODY, ...more };
    expect(wireOf(readyAnswer(answer, { method: "GET" }), 5000)).toBeUndefined();
    const whole = { ...answer, fields: DATED, body: new Uint8Array(16_384) };
    expect(wireOf(readyAnswer(whole, { method: "GET" }), 5000)).toBeDefined();
  });
});
