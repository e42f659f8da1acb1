import { createServer } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { createHonoListener } from "../../src/edge/hono-listener.ts";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";

let server: Server;

async function ask(head: string): Promise<string> {
  const listener = createHonoListener({
    handle: async ({ url }, outgoing) => void outgoing.writeHead(299, ["Odd", "field"]).end(url),
    refuse: () => new Response("refused", { status: 400 }),
  });
  server = createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    void listener(incoming, outgoing);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  return text(socket);
}

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

describe("createHonoListener()", () => {
  it.each(["GET", "HEAD", "PURGE"])(
    "leaves a %s to whoever writes the raw answer",
    async (method) => {
      const answer = await ask(`${method} /a?b=c HTTP/1.1\r\nHost: one.example`);
      expect(answer).toMatch(/^HTTP\/1\.1 299 /);
      expect(answer).toContain("Odd: field");
      expect(answer.includes("/a?b=c")).toBe(method !== "HEAD");
    },
  );

  it("has one refused that it cannot read", async () => {
    expect(await ask("GET / HTTP/1.1\r\nHost: a b")).toMatch(/^HTTP\/1\.1 400 [^]*refused$/);
  });
});
