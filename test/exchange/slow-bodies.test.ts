import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";
import { rawConnection } from "../support/raw-client.ts";

/*
 * A forward holds its place until its bodies have ended, however slowly these go. One consumer whose clients drip their
 * uploads, or read nothing of their answers, is not to hold all places for the cost of a few units.
 */

const HEAD = "Host: g\r\nSluice-Consumer: slow\r\n";

/** An upstream whose answers to `/endless` never end. */
async function startOrigin() {
  const held: string[] = [];
  const server = createServer((request, response) => {
    request.on("error", () => {});
    response.on("error", () => {});
    const { method = "", url = "" } = request;
    if (method === "POST" || url.includes("endless")) held.push(url);
    if (url.includes("endless")) {
      const flow = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "a")));
        response.once("drain", flow);
      };
      return flow();
    }
    request.resume();
    request.on("end", () => response.end("{}"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: new URL(`http://127.0.0.1:${port}`), held, [Symbol.dispose]: close };
}

describe("a consumer with slow bodies", () => {
  it.each([
    [
      "uploads that hardly go on",
      Buffer.concat([
        Buffer.from(`POST /api/file HTTP/1.1\r\n${HEAD}Content-Length: 400000\r\n\r\n`),
        Buffer.alloc(100_000, "a"),
      ]),
    ],
    ["answers that it does not read", `GET /api/endless HTTP/1.1\r\n${HEAD}\r\n`],
  ])("leaves a place to another while it holds the rest with %s", async (_what, bytes) => {
    using origin = await startOrigin();
    const queue = { maxWaitMs: 5000, maxLength: 100 };
    await using world = await startWorld({ upstream: { url: origin.url, concurrency: 4, queue } });
    const ask = async (): Promise<number> => {
      const fields = { "Sluice-Consumer": "quick" };
      const answer = await fetch(`${world.base}/user/1`, { headers: fields });
      await answer.arrayBuffer();
      return answer.status;
    };
    expect(await ask()).toBe(200);
    const sockets = [];
    for (let nth = 0; nth < 8; nth += 1) {
      const socket = await rawConnection(world.base, bytes);
      sockets.push(socket.pause());
    }
    const load = () => world.gateway.status().upstreams["clientexec"];
    await expect.poll(() => [origin.held.length, load()?.waiting]).toEqual([3, 5]);
    const statuses = [];
    for (let nth = 0; nth < 10; nth += 1) statuses.push(await ask());
    expect(statuses).toEqual(Array.from({ length: 10 }, () => 200));
    expect(origin.held).toHaveLength(3);
    for (const socket of sockets) socket.destroy();
  });
});
