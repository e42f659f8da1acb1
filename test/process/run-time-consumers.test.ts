import { request } from "undici";
import { describe, expect, it } from "vitest";
import { runGateway, runSimulator, type GatewayProcess } from "../support/instance.ts";
import { startRedis } from "../support/redis-instance.ts";

/*
 * Consumers at run time, with each instance in a process of its own: how long a change takes, and what becomes of
 * consumers when Redis dies and comes back empty (P10, P11).
 */

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function say(url: string, options: Parameters<typeof request>[1] = {}): Promise<Said> {
  const { body, statusCode } = await request(url, options);
  return { status: statusCode, body: (await body.json()) as Record<string, unknown> };
}

function order(gateway: GatewayProcess, method: "POST" | "PATCH", told: readonly [string, object]) {
  const headers = { "content-type": "application/json" };
  const [path, body] = told;
  return say(`${gateway.adminUrl}${path}`, { method, headers, body: JSON.stringify(body) });
}

/** One second of waiting at most, so that a request that cannot leave is told soon. */
async function statusOf(gateway: GatewayProcess, key: unknown): Promise<number> {
  const headers = { prefer: "wait=1", authorization: `Bearer ${String(key)}` };
  return (await say(`${gateway.url}/invoice/1`, { headers })).status;
}

/** Milliseconds until every instance answers so; a second is promised. */
async function until(status: number, gateways: readonly GatewayProcess[], key: unknown) {
  const since = performance.now();
  for (const gateway of gateways) {
    while ((await statusOf(gateway, key)) !== status) {
      if (performance.now() - since > 10_000) throw new Error(`It was never answered ${status}.`);
    }
  }
  return performance.now() - since;
}

describe("consumers made at run time", () => {
  it("are known to three processes within a second, and outlive a Redis that loses everything", async () => {
    const redis = await startRedis();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => redis.stop());
    await using simulator = await runSimulator(1000, 10_000);
    const config = {
      listen: { port: 0 },
      admin: { port: 0 },
      store: { redis: redis.url },
      upstreams: {
        api: {
          mount: "/api",
          url: simulator.url,
          keys: [{ in: "query", name: "apikey", value: "sim-key" }],
          quotas: [{ limit: 1000, window: "10s", pad: "1s" }],
        },
      },
    };
    const start = async () => stack.use(await runGateway(config));
    const [first, second, third] = [await start(), await start(), await start()];
    const all = [first, second, third];
    await until(200, all, "anybody");
    const keyed = await order(first, "POST", ["/consumers", { name: "portal" }]);
    const leaving = await order(second, "POST", ["/consumers", { name: "leaving" }]);
    const [key, old] = [keyed.body["key"], leaving.body["key"]];
    const took = [await until(200, all, key), await until(401, all, "anybody")];
    await until(200, all, old);
    await order(third, "PATCH", ["/consumers/leaving", { enabled: false }]);
    took.push(await until(401, all, old));
    process.stdout.write(`known to all after ${took.map((ms) => ms.toFixed(0)).join(", ")} ms\n`);
    expect(Math.max(...took)).toBeLessThan(1000);

    await redis.stop();
    // Who is let in is still known; that nothing can be sent is another matter.
    const away = await Promise.all(all.map((one) => statusOf(one, key)));
    expect(away).toEqual([503, 503, 503]);
    const strangers = [old, "anybody"].flatMap((other) => all.map((one) => statusOf(one, other)));
    expect(new Set(await Promise.all(strangers))).toEqual(new Set([401]));
    expect((await order(first, "POST", ["/consumers", { name: "late" }])).status).toBe(503);

    await redis.restart();
    await until(200, all, key);
    // Redis came back empty: one that starts now knows them from the others.
    const fresh = await start();
    expect(await until(200, [fresh], key)).toBeLessThan(10_000);
    expect([await statusOf(fresh, old), await statusOf(fresh, "anybody")]).toEqual([401, 401]);
    expect((await order(fresh, "POST", ["/consumers", { name: "late" }])).status).toBe(201);
  });
});
