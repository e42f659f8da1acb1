import { describe, expect, it } from "vitest";
import { request } from "undici";
import { startWorld, type World } from "../support/gateway.ts";
import type { Consumer, Settings } from "../../src/ports/settings.ts";

/*
 * The metrics and the probes of an instance, seen from where a scraper stands.
 */

const KEY = "key-of-billing-sync";
const SYNC: Consumer = {
  name: "billing-sync",
  key: KEY,
  weight: 1,
  priority: 3,
  allow: [],
  mayForce: false,
};
const TOKEN = "let-the-scraper-in";

async function worldOf(settings: Partial<Settings> = {}): Promise<World> {
  const admin = { host: "127.0.0.1", port: 0, token: TOKEN };
  return startWorld({ settings: { consumers: [SYNC], admin, ...settings } });
}

async function ask(url: string, key = KEY): Promise<number> {
  const { statusCode, body } = await request(url, { headers: { authorization: `Bearer ${key}` } });
  await body.dump();
  return statusCode;
}

async function scrape(adminUrl: string): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { statusCode, body } = await request(`${adminUrl}/metrics`, { headers });
  expect(statusCode).toBe(200);
  return body.text();
}

describe("the metrics of an instance", () => {
  it("tell consumers, outcomes, the quota over all instances and the memory, and no secret", async () => {
    await using world = await worldOf();
    const other = await world.another();
    for (const path of ["/ticket/1", "/ticket/1", "/ticket/1"]) await ask(`${world.base}${path}`);
    await ask(`${other.url}/api/ticket/2`);
    expect(await ask(`${world.base}/ticket/1`, "nobodys-key-of-nobody")).toBe(401);
    const text = await scrape(world.gateway.adminUrl);
    const who = 'upstream="clientexec",consumer="billing-sync",route="GET /ticket/**"';
    expect(text.split("\n")).toEqual(
      expect.arrayContaining([
        `sluice_exchanges_total{${who},outcome="hit"} 2`,
        `sluice_exchanges_total{${who},outcome="forwarded"} 1`,
        'sluice_units_total{upstream="clientexec",consumer="billing-sync"} 1',
        'sluice_quota_used{upstream="clientexec",quota="clientexec"} 2',
        'sluice_quota_limit{upstream="clientexec",quota="clientexec"} 1000',
        'sluice_quota_configured_limit{upstream="clientexec",quota="clientexec"} 1000',
        'sluice_problems_total{upstream="(none)",problem="unknown-consumer"} 1',
        'sluice_hit_age_seconds_count{upstream="clientexec"} 2',
        'sluice_store_reachable{upstream="clientexec"} 1',
        "sluice_near_cache_entries 1",
      ]),
    );
    for (const secret of [KEY, TOKEN, "sim-key", "nobodys-key"]) expect(text).not.toContain(secret);
  });

  it("tell a pause while it holds", async () => {
    await using world = await startWorld({ simulator: { limit: 1, windowMs: 60_000 } });
    const { adminUrl } = world.gateway;
    await ask(`${world.base}/invoice/1`);
    const { statusCode, body } = await request(`${world.base}/invoice/2`, {
      headers: { prefer: "wait=1" },
    });
    await body.dump();
    expect(statusCode).toBe(429);
    const text = await (await request(`${adminUrl}/metrics`)).body.text();
    expect(text).toContain('sluice_throttled_total{upstream="clientexec"} 1');
    expect(text).toContain('sluice_pauses_total{upstream="clientexec"} 1');
    expect(text).toContain('sluice_paused{upstream="clientexec"} 1');
  });
});

describe("the probes of an instance", () => {
  it("need no token, and say that it has started and is ready", async () => {
    await using world = await worldOf();
    const { adminUrl } = world.gateway;
    for (const [path, told] of [
      ["/livez", { live: true }],
      ["/startupz", { started: true }],
      ["/readyz", { ready: true, missing: [], degraded: [] }],
    ] as const) {
      const { statusCode, body } = await request(`${adminUrl}${path}`);
      expect([path, statusCode, await body.json()]).toEqual([path, 200, told]);
    }
  });
});
