import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startToldWorld } from "../support/told-origin.ts";
import { startWorld, TICKET_ROUTES } from "../support/gateway.ts";
import { rawConnection, sendRaw } from "../support/raw-client.ts";
import { cachePolicy, settings, upstream } from "../support/settings.ts";

/*
 * Peers on both sides that send too much, too little, or never listen.
 */

const LIMITS = settings().limits;
const TIMEOUTS = upstream().timeouts;
const HEAD = "Host: g\r\nConnection: close\r\n";
const MEGABYTE = 1_048_576;
/** More than the system buffers for one connection. */
const LARGE = 16 * MEGABYTE;

describe("a client", () => {
  it.each([
    ["one long field", `X: ${"x".repeat(40_000)}\r\n`],
    ["a long name", `${"x".repeat(40_000)}: 1\r\n`],
    ["many short fields", "a:\r\n".repeat(20_000)],
  ])("gets 431 for %s, and nothing is forwarded", async (_what, fields) => {
    await using world = await startWorld();
    const reply = await sendRaw(world.base, `GET /api/user/1 HTTP/1.1\r\n${HEAD}${fields}\r\n`);
    expect(reply.statuses).toEqual([431]);
    expect(world.simulator.arrivals()).toEqual([]);
  });

  it("gets 431 for a target that is too long, and for trailers without end", async () => {
    await using world = await startWorld();
    const line = `GET /api/user/${"1".repeat(40_000)} HTTP/1.1\r\n${HEAD}\r\n`;
    expect((await sendRaw(world.base, line)).statuses).toEqual([431]);
    const post = `POST /api/user HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n`;
    const trailers = "x: y\r\n".repeat(20_000);
    expect((await sendRaw(world.base, `${post}${trailers}\r\n`)).statuses).toEqual([431]);
    expect(world.simulator.arrivals()).toEqual([]);
  });

  it("cannot hide a field behind thousands of others", async () => {
    await using world = await startWorld();
    const fields = `${"a:\r\n".repeat(2100)}Transfer-Encoding: chunked\r\n`;
    const post = `POST /api/user HTTP/1.1\r\n${HEAD}${fields}\r\n3\r\nabc\r\n0\r\n\r\n`;
    expect((await sendRaw(world.base, post)).statuses).toEqual([200]);
    expect(world.simulator.arrivals().map(({ bodyText }) => bodyText)).toEqual(["abc"]);
  });

  it("is closed when its head, or the rest of a small body, does not come within the bound", async () => {
    const limits = { ...LIMITS, headMs: 300 };
    const hurried = { queue: { maxWaitMs: 100, maxLength: 10 } };
    const timeouts = { ...TIMEOUTS, bodyMs: 200 };
    const options = { settings: { limits }, upstream: { ...hurried, timeouts } };
    await using world = await startWorld(options);
    const replies = await Promise.all(
      [
        "",
        "GET /api/us",
        "GET /api/user/1 HTTP/1.1\r\nX: y",
        `PUT /api/user/1 HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\nabc`,
      ].map((bytes) => sendRaw(world.base, bytes, 8000)),
    );
    expect(replies.map(({ closed }) => closed)).toEqual([true, true, true, true]);
    expect(replies.flatMap(({ statuses }) => statuses).filter((code) => code !== 400)).toEqual([]);
    expect(world.simulator.arrivals()).toEqual([]);
  }, 10_000);

  it("that never reads its answer is closed after the longest timeouts.body", async () => {
    const timeouts = { ...TIMEOUTS, bodyMs: 300 };
    const routes = [TICKET_ROUTES[0]].flatMap((route) => route ?? []);
    const limits = { ...LIMITS, connections: 1 };
    await using world = await startWorld({ upstream: { timeouts, routes }, settings: { limits } });
    const body = JSON.stringify("x".repeat(900_000));
    const fields = { "Content-Type": "application/json" };
    world.simulator.script({ match: "GET /ticket/1", status: 200, body, fields });
    const one = `GET /api/ticket/1 HTTP/1.1\r\n${HEAD}\r\n`;
    expect((await sendRaw(world.base, one)).statuses).toEqual([200]);
    // From store, so that no upstream ends it; many times, so that it is more than the system buffers.
    const bytes = "GET /api/ticket/1 HTTP/1.1\r\nHost: g\r\n\r\n".repeat(40);
    const socket = await rawConnection(world.base, bytes);
    socket.pause();
    // There is one place for connections, and it comes free.
    const next = async (): Promise<readonly number[]> => (await sendRaw(world.base, one)).statuses;
    await expect.poll(next, { timeout: 10_000, interval: 100 }).toEqual([200]);
    socket.resume();
    await once(socket, "close");
    expect(socket.bytesRead).toBeLessThan(40 * 900_000);
    expect(world.simulator.arrivals()).toHaveLength(1);
  }, 20_000);

  it.each([
    ["blank lines", "\r\n"],
    ["bytes of a next request", "G"],
  ])(
    "that takes nothing of its answer and sends %s is closed all the same",
    async (_what, bytes) => {
      const timeouts = { ...TIMEOUTS, bodyMs: 2000 };
      // Else a head that does not end would close it before.
      const limits = { ...LIMITS, connections: 1, headMs: 60_000 };
      const routes = TICKET_ROUTES.slice(0, 1).map(({ cache = cachePolicy(), ...rest }) => {
        return { ...rest, cache: { ...cache, maxStoredBytes: LARGE * 2 } };
      });
      await using world = await startWorld({
        upstream: { timeouts, routes },
        settings: { limits },
      });
      const body = JSON.stringify("x".repeat(LARGE));
      const fields = { "Content-Type": "application/json" };
      world.simulator.script({ match: "GET /ticket/1", status: 200, body, fields });
      const one = `GET /api/ticket/1 HTTP/1.1\r\n${HEAD}\r\n`;
      expect((await sendRaw(world.base, one)).statuses).toEqual([200]);
      const socket = await rawConnection(world.base, one.replace("Connection: close\r\n", ""));
      socket.pause();
      const drip = setInterval(() => socket.writable && socket.write(bytes), 100);
      // There is one place for connections, and it comes free.
      const other = `GET /api/user/1 HTTP/1.1\r\n${HEAD}\r\n`;
      const next = async (): Promise<readonly number[]> =>
        (await sendRaw(world.base, other)).statuses;
      await expect.poll(next, { timeout: 15_000, interval: 200 }).toEqual([200]);
      clearInterval(drip);
      socket.destroy();
      expect(socket.bytesRead).toBeLessThan(LARGE);
    },
    25_000,
  );

  it("that has been refused and goes on sending is closed", async () => {
    await using world = await startWorld();
    const socket = await rawConnection(world.base, "GARBAGE\r\n\r\n");
    socket.on("data", () => {});
    const drip = setInterval(() => socket.writable && socket.write("x"), 100);
    await once(socket, "close", { signal: AbortSignal.timeout(8000) });
    clearInterval(drip);
    expect(socket.closed).toBe(true);
  }, 10_000);

  it("has no body taken that is larger than the bound, whether it says so or not", async () => {
    const limits = { ...LIMITS, bodyBytes: 100_000, replayBytes: 200_000 };
    await using world = await startWorld({ settings: { limits } });
    const head = `PUT /api/user/1 HTTP/1.1\r\n${HEAD}`;
    const told = await sendRaw(world.base, `${head}Content-Length: 999999999999\r\n\r\nabc`);
    const piece = `${(50_000).toString(16)}\r\n${"x".repeat(50_000)}\r\n`;
    const untold = await sendRaw(
      world.base,
      `${head}Transfer-Encoding: chunked\r\n\r\n${piece.repeat(3)}`,
    );
    expect([told.statuses, untold.statuses]).toEqual([[413], [413]]);
    expect(world.simulator.arrivals()).toEqual([]);
  });
});

describe("an upstream", () => {
  /** 128 MB of nothing in 128 KB. */
  const bomb = gzipSync(Buffer.alloc(128 * MEGABYTE));
  const coded = { "Content-Encoding": "gzip", "Content-Type": "application/json" };

  it("that answers with a bomb fills no memory on the way to a client, and none in the store", async () => {
    await using told = await startToldWorld({
      upstream: { routes: TICKET_ROUTES, timeouts: { ...TIMEOUTS, bodyMs: 60_000 } },
    });
    told.tell({ body: bomb, fields: coded });
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    const sampled = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 5);
    // A client that takes bytes and keeps none, on a route whose answers are stored.
    const bytes = `GET /api/ticket/1 HTTP/1.1\r\n${HEAD}\r\n`;
    const socket = await rawConnection(told.world.base, bytes);
    socket.on("data", () => {});
    await once(socket, "close");
    expect(socket.bytesRead).toBeGreaterThan(128 * MEGABYTE);
    clearInterval(sampled);
    expect(most).toBeLessThan(120 * MEGABYTE);
    // Too large for the store: asked for again.
    told.tell({ body: "{}", fields: { "Content-Type": "application/json" } });
    expect((await told.ask("/ticket/1")).body).toBe("{}");
  }, 60_000);

  it("that codes an answer over and over is broken off", async () => {
    await using told = await startToldWorld();
    const fields = { "Content-Encoding": Array.from({ length: 6 }, () => "gzip").join(", ") };
    told.tell({ body: bomb, fields });
    await expect(told.ask("/a")).rejects.toThrow(/aborted|hang up/);
    expect((await told.ask("/a", { method: "HEAD" })).status).toBe(200);
  });

  it("that sends a head without end is given up with 502", async () => {
    await using told = await startToldWorld();
    told.tell({ fields: { "X-Long": "x".repeat(200_000) } });
    const { status, body } = await told.ask("/a");
    expect(status).toBe(502);
    expect(body).toContain("urn:sluice:problem:upstream-broke-off");
  });
});
