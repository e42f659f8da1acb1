import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";
import type { Consumer } from "../../src/ports/settings.ts";

function consumer(name: string, changes: Partial<Consumer> = {}): Consumer {
  const key = `${name}-key-0123456789`;
  return { name, key, weight: 1, priority: 3, allow: [], mayForce: false, ...changes };
}

const consumers = [
  consumer("portal"),
  consumer("reader", { allow: [{ methods: ["GET"], path: "/ticket/**" }] }),
];

async function ask(url: string, options: Parameters<typeof request>[1] = {}) {
  const response = await request(url, options);
  const text = await response.body.text();
  const body = JSON.parse(text) as Record<string, unknown>;
  return { status: response.statusCode, fields: response.headers, body, text };
}

describe("consumers", () => {
  it("are known by their key where the app key would go, or as Bearer; the upstream sees the app key only", async () => {
    await using world = await startWorld({ settings: { consumers } });
    const byQuery = await ask(`${world.base}/invoice/1?apikey=portal-key-0123456789&page=2`);
    const headers = { authorization: "Bearer portal-key-0123456789" };
    const byBearer = await ask(`${world.base}/invoice/1?page=2`, { headers });
    expect([byQuery.status, byBearer.status]).toEqual([200, 200]);
    for (const { target, fields } of world.simulator.arrivals()) {
      expect(target).toBe("/api/invoice/1?page=2&apikey=sim-key");
      expect(fields.join("\n")).not.toMatch(/portal-key|authorization/i);
    }
  });

  it("strangers get 401 and those who may not get 403, as problem documents, and nothing is sent", async () => {
    await using world = await startWorld({ settings: { consumers } });
    for (const url of ["/invoice/1", "/invoice/1?apikey=wrong", "/invoice/1?apikey=sim-key"]) {
      const stranger = await ask(`${world.base}${url}`);
      expect([stranger.status, stranger.body["type"]]).toEqual([
        401,
        "urn:sluice:problem:unknown-consumer",
      ]);
      expect(stranger.fields["content-type"]).toBe("application/problem+json");
      expect(stranger.text).not.toContain("sim-key");
    }
    const reader = `apikey=reader-key-0123456789`;
    const denied = await ask(`${world.base}/ticket/1?${reader}`, { method: "DELETE" });
    expect([denied.status, denied.body["type"]]).toEqual([403, "urn:sluice:problem:not-allowed"]);
    expect((await ask(`${world.base}/ticket/1?${reader}`)).status).toBe(200);
    expect(world.simulator.arrivals()).toHaveLength(1);
  });

  it("may send the app key itself while they move over, as the consumer that is named for it", async () => {
    await using world = await startWorld({ settings: { consumers, acceptAppKeyAs: "portal" } });
    expect((await ask(`${world.base}/invoice/1?apikey=sim-key`)).status).toBe(200);
    expect(world.gateway.status().consumers).toHaveProperty("portal");
  });

  it("share what is stored: the answer depends on what is asked, not on who asks", async () => {
    await using world = await startWorld({ settings: { consumers } });
    await ask(`${world.base}/ticket/1?apikey=portal-key-0123456789`);
    const other = await ask(`${world.base}/ticket/1?apikey=reader-key-0123456789`);
    expect(other.fields["cache-status"]).toContain("hit");
  });
});
