import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";

/*
 * What only a raw connection can do to the gateway.
 */

async function open(world: World) {
  const socket: Socket = connect(Number(new URL(world.base).port), "127.0.0.1");
  await once(socket, "connect");
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => {
    socket.once("close", resolve);
  });
  return { socket, closed, text: () => text };
}

const HEAD = "Host: gateway\r\nContent-Type: application/json\r\n";

describe("a raw connection", () => {
  it("reads no problem document in the middle of an answer, whatever it sends behind its request", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /invoice/:id", drip: { bytes: 5, everyMs: 20 } });
    const { socket, closed, text } = await open(world);
    socket.write(`GET /api/invoice/1 HTTP/1.1\r\n${HEAD}\r\n`);
    await expect.poll(text).toContain("200 OK");
    socket.write("\u0001 no request\r\n\r\n");
    await closed;
    expect(text().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it("is told what was wrong where nothing else is under way", async () => {
    await using world = await startWorld();
    const { socket, closed, text } = await open(world);
    socket.write("\u0001 no request\r\n\r\n");
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 400 [\s\S]*urn:sluice:problem:bad-request/);
  });

  it.each([
    ["GET /api/x HTTP/1.1\r\nHost: a/b\r\n"],
    ["GET /api/x HTTP/1.1\r\nHost: user@h\r\n"],
    ["OPTIONS * HTTP/1.1\r\nHost: gateway\r\n"],
    ["GET ftp://h/x HTTP/1.1\r\nHost: gateway\r\n"],
  ])("is told in a problem document that %j is not forwarded", async (head) => {
    await using world = await startWorld();
    const { socket, closed, text } = await open(world);
    socket.write(`${head}Connection: close\r\n\r\n`);
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 40[04] [\s\S]*urn:sluice:problem:/);
    expect(world.simulator.arrivals()).toEqual([]);
  });

  it("is answered although the gateway is told to stop while its body is still arriving (P11)", async () => {
    await using world = await startWorld();
    const { socket, text } = await open(world);
    socket.write(`PUT /api/user/1 HTTP/1.1\r\n${HEAD}Content-Length: 12\r\n\r\n{"name":`);
    await request(`${world.base}/user/2`).then(({ body }) => body.dump());
    const stopped = world.gateway.stop();
    socket.write('"x"}');
    await expect.poll(text).toContain("200 OK");
    await stopped;
    expect(world.simulator.arrivals().map(({ method }) => method)).toEqual(["GET", "PUT"]);
  });

  it("is closed behind the refusal of a body that is too large", async () => {
    await using world = await startWorld();
    const { socket, closed, text } = await open(world);
    socket.write(`PUT /api/user/1 HTTP/1.1\r\n${HEAD}Content-Length: 99999999\r\n\r\nabc`);
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(world.simulator.arrivals()).toEqual([]);
  });

  it("gets a 413, and not a failure of the upstream, where a chunked body grows too large on its way", async () => {
    const limits = {
      fieldBytes: 16_384,
      bodyBytes: 200_000,
      replayBytes: 1000,
      headMs: 10_000,
      connections: 100,
      wrongKeys: 60,
    };
    await using world = await startWorld({ settings: { limits } });
    const { socket, closed, text } = await open(world);
    socket.write(`PUT /api/user/1 HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const piece = `c350\r\n${"x".repeat(50_000)}\r\n`;
    for (let count = 0; count < 6; count += 1) socket.write(piece);
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 413 /);
  });
});
