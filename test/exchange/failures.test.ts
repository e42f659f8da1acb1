import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";

interface ProblemDocument {
  readonly type: string;
  readonly detail: string;
}

async function ask(world: World, line: string) {
  const [method = "", path] = line.split(" ");
  const body = method === "POST" ? "{}" : null;
  const response = await request(`${world.base}${path}`, { method, body });
  const text = await response.body.text();
  const json = String(response.headers["content-type"]).includes("problem+json");
  const problem = (json ? JSON.parse(text) : {}) as ProblemDocument;
  return { status: response.statusCode, type: problem.type, detail: problem.detail, text };
}

describe("failures of the upstream", () => {
  it("a GET on a route that is safe is sent again after a reset, a POST never", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /ticket/:id", reset: true });
    expect((await ask(world, "GET /ticket/1")).status).toBe(200);
    expect(world.simulator.arrivals()).toHaveLength(2);
    world.simulator.script({ match: "POST /ticket", reset: true });
    const lost = await ask(world, "POST /ticket");
    expect([lost.status, lost.type]).toEqual([502, "urn:sluice:problem:upstream-broke-off"]);
    expect(world.simulator.arrivals()).toHaveLength(3);
  });

  it("a GET that no route calls safe is not sent again: it may have changed something", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /invoice/:id", reset: true });
    expect((await ask(world, "GET /invoice/1/pay")).status).toBe(502);
    expect(world.simulator.arrivals()).toHaveLength(1);
  });

  it("a reply that is cut short is never passed on as whole, and never stored", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /invoice/:id", truncate: true });
    await expect(ask(world, "GET /invoice/1")).rejects.toThrow(
      /other side closed|terminated|aborted/,
    );
    world.simulator.script({ match: "GET /ticket/:id", truncate: true });
    const cut = await ask(world, "GET /ticket/1");
    expect([cut.status, cut.type]).toEqual([502, "urn:sluice:problem:upstream-broke-off"]);
    expect((await ask(world, "GET /ticket/1")).status).toBe(200);
  });

  it("an upstream that is not there is a 502, one that does not answer a 504", async () => {
    await using world = await startWorld({
      upstream: { timeouts: { connectMs: 300, headersMs: 300, bodyMs: 300 }, maxRetries: 0 },
    });
    world.simulator.script({ match: "POST /ticket", hold: true });
    const slow = await ask(world, "POST /ticket");
    expect([slow.status, slow.type]).toEqual([504, "urn:sluice:problem:upstream-timeout"]);
    await world.simulator.close();
    const gone = await ask(world, "POST /ticket");
    expect([gone.status, gone.type]).toEqual([502, "urn:sluice:problem:upstream-unreachable"]);
  });

  it("the upstream's refusal of our own key is a 502 that tells a client nothing of it", async () => {
    await using world = await startWorld({ simulator: { key: "another-key" } });
    const refused = await ask(world, "GET /invoice/1");
    expect([refused.status, refused.type]).toEqual([
      502,
      "urn:sluice:problem:upstream-refused-key",
    ]);
    expect(refused.text).not.toMatch(/sim-key|apikey|\b401\b/);
  });

  it("passes the upstream's own errors on as they are", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /ticket/:id", status: 503, body: "<h1>busy</h1>" });
    const busy = await ask(world, "GET /ticket/1");
    expect([busy.status, busy.text]).toEqual([503, "<h1>busy</h1>"]);
    world.simulator.script({ match: "GET /ticket/:id", html: true });
    expect((await ask(world, "GET /ticket/1")).status).toBe(200);
    expect(JSON.parse((await ask(world, "GET /ticket/1")).text)).toMatchObject({ error: false });
  });
});
