import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";

async function subject(base: string, id = 1): Promise<unknown> {
  const response = await request(`${base}/ticket/${id}`);
  const { ticket } = (await response.body.json()) as { ticket: { subject: string } };
  return ticket.subject;
}

async function rename(base: string, to: string, path = "/ticket/1"): Promise<number> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ subject: to });
  const response = await request(`${base}${path}`, { method: "PUT", headers, body });
  await response.body.dump();
  return response.statusCode;
}

describe("fresh after a write", () => {
  it("shows a write to every later GET, through any instance", async () => {
    await using world = await startWorld();
    const other = await world.another();
    const bases = [world.base, `${other.url}/api`];
    for (const [turn, base] of [...bases, ...bases].entries()) {
      await Promise.all(bases.map((one) => subject(one)));
      await rename(base, `turn ${turn}`);
      for (const one of bases) expect(await subject(one)).toBe(`turn ${turn}`);
    }
  });

  it("does not store what a GET brings that was under way when the write landed", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /ticket/:id", hold: true });
    const early = subject(world.base);
    await expect.poll(() => world.simulator.held()).toBe(1);
    await rename(world.base, "renamed");
    world.simulator.release();
    await early;
    expect(await subject(world.base)).toBe("renamed");
  });

  it("takes a write whose answer never came for one that happened", async () => {
    await using world = await startWorld();
    await subject(world.base);
    world.simulator.script({ match: "PUT /ticket/:id", resetAfterHead: true });
    await rename(world.base, "unknown").catch(() => {});
    const before = world.simulator.arrivals().length;
    await subject(world.base);
    expect(world.simulator.arrivals()).toHaveLength(before + 1);
  });

  it("keeps what is stored when the write was refused with a 429, until it has gone through", async () => {
    await using world = await startWorld();
    await subject(world.base);
    world.simulator.script({ match: "PUT /ticket/:id", throttle: { retryAfter: "60" } });
    const headers = { "content-type": "application/json", prefer: "wait=1" };
    const refused = await request(`${world.base}/ticket/1`, { method: "PUT", headers, body: "{}" });
    await refused.body.dump();
    expect(refused.statusCode).toBe(429);
    const hit = await request(`${world.base}/ticket/1`);
    await hit.body.dump();
    expect(hit.headers["cache-status"]).toContain("hit");
  });
});
