import { connect } from "node:net";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";

/** Sends raw bytes and collects raw bytes until the server closes. */
async function raw(world: World, text: string): Promise<string> {
  const { port } = new URL(world.base);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(text, "latin1");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

const CLOSE = "Host: gateway.example\r\nConnection: close\r\n\r\n";

describe("what passes through", () => {
  it("keeps status, reason, field lines and body of the upstream", async () => {
    await using world = await startWorld();
    world.simulator.script({
      match: "GET /invoice/1",
      status: 207,
      body: "caf\u00e9",
      fields: { "X-Odd": ["1", "2"], "Content-Type": "text/odd" },
    });
    const answer = await raw(world, `GET /api/invoice/1 HTTP/1.1\r\n${CLOSE}`);
    expect(answer).toMatch(/^HTTP\/1.1 207 Multi-Status\r\n/);
    expect(answer).toContain("X-Odd: 1\r\nX-Odd: 2\r\n");
    expect(answer).toContain("Content-Type: text/odd\r\n");
    expect(answer).toContain(Buffer.from("caf\u00e9").toString("latin1"));
    expect(answer).not.toMatch(/set-cookie/i);
    expect(answer).toContain("Via: 1.1 sluice\r\n");
    expect(answer).toMatch(
      /RateLimit-Policy: "clientexec";q=1000;w=60, "clientexec-share";q=1000;w=60;pk=:\S+:\r\n/,
    );
    expect(answer).toMatch(
      /RateLimit: "clientexec";r=\d+;t=\d+, "clientexec-share";r=\d+;t=\d+;pk=:\S+:\r\n/,
    );
    expect(answer).toMatch(/Server-Timing: queue;dur=[\d.]+, upstream;dur=[\d.]+\r\n/);
  });

  it("passes interim responses and trailers on", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /invoice/1", early: true });
    world.simulator.script({ match: "GET /invoice/1", trailers: true });
    const early = await raw(world, `GET /api/invoice/1 HTTP/1.1\r\n${CLOSE}`);
    expect(early).toMatch(/^HTTP\/1.1 103 Early Hints\r\n[\s\S]*HTTP\/1.1 200 OK/);
    const trailed = await raw(world, `GET /api/invoice/1 HTTP/1.1\r\n${CLOSE}`);
    expect(trailed).toMatch(/\r\n0\r\n[\w-]+: .+\r\n\r\n$/);
  });

  it("sends a redirect on to the client, at this gateway's own address and without the key", async () => {
    await using world = await startWorld();
    const location = `${world.simulator.url}/ticket/2?apikey=sim-key&x=1`;
    world.simulator.script({ match: "GET /invoice/1", redirect: location });
    const answer = await request(`${world.base}/invoice/1`);
    await answer.body.dump();
    expect(answer.statusCode).toBe(302);
    expect(answer.headers["location"]).toBe(`${world.base}/ticket/2?x=1`);
    expect(world.simulator.arrivals()).toHaveLength(1);
  });

  it("undoes the upstream's compression and masks an echoed key at equal length, wherever it stands", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /invoice/1", gzip: true });
    const plain = await request(`${world.base}/invoice/1`);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(await plain.body.json()).toMatchObject({ error: false });
    world.simulator.script({ match: "GET /invoice/1", echoKey: true });
    const answer = await raw(world, `GET /api/invoice/1 HTTP/1.1\r\n${CLOSE}`);
    expect(answer).toContain("*******");
    expect(answer).not.toContain("sim-key");
  });

  it("streams a large request body and a large answer", async () => {
    await using world = await startWorld();
    const body = Buffer.alloc(2_000_000, "x");
    world.simulator.script({ match: "POST /ticket", status: 200, body: "y".repeat(3_000_000) });
    const answer = await request(`${world.base}/ticket`, { method: "POST", body });
    expect((await answer.body.text()).length).toBe(3_000_000);
    const [arrival] = world.simulator.arrivals();
    expect(arrival?.bodyText.length).toBeGreaterThanOrEqual(65_536);
    expect(arrival?.fields.join("\n").toLowerCase()).toContain("content-length\n2000000");
  });

  it.each([
    ["a path that climbs", "GET /api/ticket/../user HTTP/1.1", 400],
    ["an encoded one", "GET /api/ticket/%2e%2e/user HTTP/1.1", 400],
    ["an empty segment", "GET /api//ticket HTTP/1.1", 400],
    ["TRACE", "TRACE /api/ticket HTTP/1.1", 405],
    ["another mount", "GET /elsewhere HTTP/1.1", 404],
  ])("refuses %s with a problem document, and sends nothing", async (_what, line, status) => {
    await using world = await startWorld();
    const answer = await raw(world, `${line}\r\n${CLOSE}`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain("application/problem+json");
    expect(world.simulator.arrivals()).toHaveLength(0);
  });

  it("refuses what is no HTTP with a problem document", async () => {
    await using world = await startWorld();
    expect(await raw(world, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 [\s\S]*bad-request/);
    const huge = `GET /api/ticket HTTP/1.1\r\nX: ${"x".repeat(40_000)}\r\n${CLOSE}`;
    expect(await raw(world, huge)).toMatch(/^HTTP\/1.1 431 [\s\S]*fields-too-large/);
  });
});
