import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";
import { settings } from "../support/settings.ts";
import type { InboundLimits } from "../../src/ports/settings.ts";

/*
 * The bounds of the port itself, reached by raw connections.
 */

function start(limits: Partial<InboundLimits>): Promise<World> {
  return startWorld({ settings: { limits: { ...settings().limits, ...limits } } });
}

async function open(world: World) {
  const socket: Socket = connect(Number(new URL(world.base).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => {
    socket.once("close", resolve);
  });
  await once(socket, "connect");
  return { socket, closed, text: () => text };
}

describe("clients", () => {
  it("are refused with 431 where its fields are too large", async () => {
    await using world = await start({ fieldBytes: 1000 });
    const { socket, closed, text } = await open(world);
    socket.write(`GET /api/x HTTP/1.1\r\nHost: gateway\r\nX-Large: ${"x".repeat(2000)}\r\n\r\n`);
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 431 [\s\S]*urn:sluice:problem:fields-too-large/);
    expect(world.simulator.arrivals()).toEqual([]);
  });

  it("are refused where the head comes too slowly", async () => {
    await using world = await start({ headMs: 100 });
    const { socket, closed, text } = await open(world);
    socket.write("GET /api/x HTTP/1.1\r\nHost: gate");
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 400 [\s\S]*limits\.head/);
  });

  it("are closed beyond the most at once", async () => {
    await using world = await start({ connections: 1 });
    const first = await open(world);
    const second = await open(world);
    await second.closed;
    expect(second.text()).toBe("");
    first.socket.write("GET /api/user/1 HTTP/1.1\r\nHost: gateway\r\n\r\n");
    await expect.poll(first.text).toContain("200 OK");
    first.socket.destroy();
  });
});
