import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";

describe("a 429 of the upstream", () => {
  it("stops every instance for as long as it says; the refused go again and all are answered", async () => {
    await using world = await startWorld({
      simulator: { latencyMs: 20 },
      upstream: { concurrency: 4 },
    });
    const other = await world.another();
    const bases = [world.base, `${other.url}/api`];
    world.simulator.script({ match: "GET /invoice/3", throttle: { retryAfter: "3" } });
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const response = await request(`${bases[index % 2]}/invoice/${index + 1}`);
        await response.body.dump();
        return response.statusCode;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const arrivals = world.simulator.arrivals();
    const refused = arrivals.findIndex(({ status }) => status === 429);
    const refusedAt = arrivals[refused]?.atMs ?? 0;
    // Only what was under way already, and nothing at all until the three seconds are over.
    const during = arrivals.slice(refused + 1).filter(({ atMs }) => atMs < refusedAt + 3000);
    expect(during.length).toBeLessThanOrEqual(3);
    expect(Math.max(0, ...during.map(({ atMs }) => atMs - refusedAt))).toBeLessThan(200);
    // Then one probe, whose answer the others await.
    const after = arrivals.filter(({ atMs }) => atMs >= refusedAt + 3000);
    expect((after[1]?.atMs ?? 0) - (after[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(15);
    expect(arrivals).toHaveLength(31);
  });

  it("reaches the client at once where the pause outlasts the client's wait", async () => {
    await using world = await startWorld();
    world.simulator.script({ match: "GET /invoice/:id", throttle: { retryAfter: "40" } });
    const response = await request(`${world.base}/invoice/1`, { headers: { prefer: "wait=5" } });
    await response.body.dump();
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([429, "40"]);
    expect(response.headers["content-type"]).toContain("application/json");
  });
});
