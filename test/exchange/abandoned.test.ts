import { Agent, request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";

describe("abandoned requests", () => {
  it("spend nothing and leave an empty queue: 1,000 queue and leave, the next waits for nobody", async () => {
    const quotas = [{ name: "clientexec", limit: 5, windowMs: 2000, padMs: 200 }];
    // Long enough for the last of the crowd, or it would be refused at once.
    const queue = { maxWaitMs: 600_000, maxLength: 2000 };
    await using world = await startWorld({ upstream: { quotas, queue } });
    const agent = new Agent({ connections: 1100 });
    const leaving = new AbortController();
    // The window is full, so that everybody after these waits.
    await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const { body } = await request(`${world.base}/invoice/${index + 1}`, { dispatcher: agent });
        await body.dump();
      }),
    );
    const spentAt = performance.now();
    const crowd = Array.from({ length: 1000 }, (_, index) =>
      request(`${world.base}/user/${index}`, { dispatcher: agent, signal: leaving.signal }).then(
        () => "answered",
        () => "left",
      ),
    );
    const load = () => world.gateway.status().upstreams["clientexec"];
    await expect.poll(() => load()?.waiting, { timeout: 5000 }).toBeGreaterThanOrEqual(990);
    const sent = world.simulator.arrivals().length;
    const leftAt = performance.now();
    leaving.abort();
    await expect.poll(() => load()?.waiting, { interval: 1, timeout: 5000 }).toBe(0);
    const emptiedMs = performance.now() - leftAt;
    const next = await request(`${world.base}/invoice/9`, { dispatcher: agent });
    await next.body.dump();
    const answered = (await Promise.all(crowd)).filter((fate) => fate === "answered").length;
    // Whatever left while the crowd gathered is answered; nothing left after it had gone.
    expect(world.simulator.arrivals()).toHaveLength(sent + 1);
    expect(answered).toBeLessThanOrEqual(5);
    expect(next.statusCode).toBe(200);
    const { clientsLeft, failed } = world.gateway.status().total;
    expect([clientsLeft + answered, failed]).toEqual([1000, 0]);
    expect(emptiedMs).toBeLessThan(2000);
    // Behind the crowd it would have waited for minutes.
    expect(performance.now() - spentAt).toBeLessThan(10_000);
    await agent.close();
  });
});
