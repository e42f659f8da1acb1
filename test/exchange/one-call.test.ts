import { request } from "undici";
import { describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.ts";
import { startWorld, TICKET_ROUTES, type World } from "../support/gateway.ts";
import { untilBegun } from "../support/requests-begun.ts";

async function get(world: World, path: string, headers: Record<string, string> = {}) {
  const response = await request(`${world.base}${path}`, { headers });
  const body = await response.body.text();
  return { status: response.statusCode, fields: response.headers, body };
}

describe("one call for many", () => {
  it("sends 200 identical GETs upstream once, and answers all of them alike", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /ticket/:id", hold: true });
    const asking = await untilBegun(200, "/api/ticket/1", () => ({
      answers: Promise.all(Array.from({ length: 200 }, () => get(world, "/ticket/1"))),
    }));
    await expect.poll(() => world.simulator.held()).toBe(1);
    await settle();
    world.simulator.release();
    const answers = await asking.answers;
    expect(world.simulator.arrivals()).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const collapsed = answers.filter(({ fields }) =>
      String(fields["cache-status"]).includes("collapsed"),
    );
    expect(collapsed).toHaveLength(199);
  });

  it("asks once more after the lifetime, and not before", async () => {
    const [read, write] = TICKET_ROUTES;
    if (!read?.cache || !write) throw new Error("no routes");
    const brief = { ...read, cache: { ...read.cache, lifetimeMs: 1000 } };
    await using world = await startWorld({ upstream: { routes: [brief, write] } });
    const first = await get(world, "/ticket/1");
    const second = await get(world, "/ticket/1");
    expect(first.fields["cache-status"]).toBe("sluice;fwd=uri-miss;stored;detail=override");
    expect(second.fields["cache-status"]).toMatch(/^sluice;hit;ttl=\d+;detail=override$/);
    expect(second.fields["age"]).toBe("0");
    expect(world.simulator.arrivals()).toHaveLength(1);
    await expect
      .poll(async () => (await get(world, "/ticket/1")).fields["cache-status"], { timeout: 3000 })
      .toContain("fwd=");
    expect(world.simulator.arrivals()).toHaveLength(2);
  });

  it("never stores nor joins a GET that no route lists", async () => {
    await using world = await startWorld({ simulator: { latencyMs: 30 } });
    await Promise.all(Array.from({ length: 5 }, () => get(world, "/invoice/1")));
    const last = await get(world, "/invoice/1");
    expect(world.simulator.arrivals()).toHaveLength(6);
    expect(last.fields["cache-status"]).toBe("sluice;fwd=bypass");
  });

  it("answers HEAD and If-None-Match from what a GET stored", async () => {
    await using world = await startWorld();
    const first = await get(world, "/ticket/1");
    const head = await request(`${world.base}/ticket/1`, { method: "HEAD" });
    const same = await get(world, "/ticket/1", { "if-none-match": String(first.fields["etag"]) });
    expect([head.statusCode, head.headers["content-length"]]).toEqual([
      200,
      String(Buffer.byteLength(first.body)),
    ]);
    expect([same.status, same.body, same.fields["etag"]]).toEqual([304, "", first.fields["etag"]]);
    expect(world.simulator.arrivals()).toHaveLength(1);
  });

  it("passes an error envelope on and never stores it", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /ticket/:id", envelopeError: "no such ticket" });
    const wrong = await get(world, "/ticket/1");
    expect([wrong.status, JSON.parse(wrong.body).error]).toEqual([200, true]);
    expect(wrong.fields["cache-status"]).toBe("sluice;fwd=uri-miss;detail=error-envelope");
    expect(JSON.parse((await get(world, "/ticket/1")).body).error).toBe(false);
    expect(world.simulator.arrivals()).toHaveLength(2);
  });

  it("lets the others have the answer when the client that paid for it leaves", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /ticket/:id", hold: true });
    const leaving = new AbortController();
    const left = request(`${world.base}/ticket/1`, { signal: leaving.signal });
    await expect.poll(() => world.simulator.held()).toBe(1);
    const other = await untilBegun(1, "/api/ticket/1", () => ({
      answer: get(world, "/ticket/1"),
    }));
    await settle();
    leaving.abort();
    await expect(left).rejects.toThrow("aborted");
    world.simulator.release();
    expect((await other.answer).status).toBe(200);
    expect(world.simulator.arrivals()).toHaveLength(1);
  });
});
