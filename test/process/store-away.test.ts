import { request } from "undici";
import { describe, expect, it } from "vitest";
import { runGateway, runSimulator } from "../support/instance.ts";
import { startRedis } from "../support/redis-instance.ts";
import { processConfig, STORED_TICKETS } from "../support/process-config.ts";

/*
 * Promise P10, as far as it is the cache's: what a process holds in memory goes on being served while Redis is away,
 * marked as such, and never what this process has changed meanwhile.
 */

async function get(url: string, fields: Record<string, string> = {}) {
  const { body, headers, statusCode } = await request(url, { headers: fields });
  await body.dump();
  return { statusCode, status: String(headers["cache-status"]) };
}

const AWAY = [
  "The ledger of api is out of reach: stored answers are served, but nothing can be sent.",
];

async function probe(url: string): Promise<[number, unknown]> {
  const { body, statusCode } = await request(url);
  const { degraded } = (await body.json()) as { degraded: unknown };
  return [statusCode, degraded];
}

describe("while Redis is away", () => {
  it("stored answers are served and marked, others are refused, and all is well when it is back", async () => {
    const redis = await startRedis();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => redis.stop());
    await using simulator = await runSimulator(1000, 10_000);
    const quotas = [{ limit: 1000, window: "10s", pad: "1s" }];
    const api = { quotas, routes: STORED_TICKETS };
    const store = { redis: redis.url };
    await using gateway = await runGateway(processConfig({ url: simulator.url, store, api }));
    const ticket = `${gateway.url}/ticket/1`;
    await get(ticket);
    expect((await get(ticket)).status).toContain("hit");
    // Asked for once: what a process has brought itself is in its memory too.
    await get(`${gateway.url}/ticket/3`);
    await redis.stop();
    // Until its lease has run out it need not know.
    await expect
      .poll(async () => Object.values(await get(ticket)), { timeout: 5000 })
      .toEqual([200, expect.stringMatching(/^sluice;hit;ttl=\d+;detail=store-away$/)]);
    expect((await get(`${gateway.url}/ticket/3`)).status).toContain("store-away");
    const missed = await get(`${gateway.url}/ticket/2`, { prefer: "wait=1" });
    expect(missed.statusCode).toBe(503);
    // A balancer that took every instance out would answer nobody.
    expect(await probe(`${gateway.adminUrl}/readyz`)).toEqual([200, AWAY]);
    expect(await probe(`${gateway.adminUrl}/readyz?strict`)).toEqual([503, AWAY]);
    const scrape = await (await request(`${gateway.adminUrl}/metrics`)).body.text();
    expect(scrape).toContain('sluice_store_reachable{upstream="api"} 0');
    expect(scrape).not.toContain("sluice_quota_used{");
    await redis.restart();
    await expect
      .poll(async () => (await get(`${gateway.url}/ticket/2`)).statusCode, { timeout: 10_000 })
      .toBe(200);
    // Redis has lost what it held, so that everything is asked for once more.
    await expect
      .poll(async () => (await get(ticket)).status, { timeout: 10_000 })
      .toMatch(/^sluice;hit;ttl=\d+;detail=override$/);
    expect(await probe(`${gateway.adminUrl}/readyz?strict`)).toEqual([200, []]);
  });
});
