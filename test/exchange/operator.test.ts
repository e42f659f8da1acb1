import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";

/*
 * What an operator orders and sees, on instances that share a store.
 */

function order(adminUrl: string, path: string, body: object): Promise<Response> {
  return fetch(`${adminUrl}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** What is answered to one who will not wait. */
async function ask(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/ticket/1`, { headers: { Prefer: "wait=0" } });
  await answer.text();
  return answer.status;
}

describe("an operator's pause", () => {
  it("holds on all instances until it is ended on any", async () => {
    await using world = await startWorld();
    const { gateway, simulator } = world;
    const other = await world.another();
    expect((await order(gateway.adminUrl, "/pause", { for: "1m" })).status).toBe(200);
    expect([await ask(gateway.url), await ask(other.url)]).toEqual([429, 429]);
    expect(simulator.arrivals()).toHaveLength(0);
    const page = await (await fetch(`${other.adminUrl}/`)).text();
    expect(page).toMatch(/paused for another \d+ s/);
    expect((await order(other.adminUrl, "/resume", {})).status).toBe(200);
    // For a moment requests are judged by what was known before.
    await expect.poll(() => ask(gateway.url), { timeout: 3000 }).toBe(200);
    expect(simulator.violations()).toBe(0);
  });
});

describe("the dashboard's stream", () => {
  it("gives a viewer's place back when it leaves", async () => {
    await using world = await startWorld();
    for (let viewer = 0; viewer < 40; viewer += 1) {
      const leaving = new AbortController();
      const stream = await fetch(`${world.gateway.adminUrl}/dashboard/stream`, {
        signal: leaving.signal,
      });
      expect([viewer, stream.status]).toEqual([viewer, 200]);
      leaving.abort();
      // A further request comes after the end of this connection, which was sent before it.
      await (await fetch(`${world.gateway.adminUrl}/livez`)).text();
    }
  });

  it("ends with its instance, and keeps nobody from stopping", async () => {
    await using world = await startWorld();
    const stream = await fetch(`${world.gateway.adminUrl}/dashboard/stream`);
    const reading = stream.text();
    await world.gateway.stop();
    expect(await reading).toContain("event: parts");
  });
});
