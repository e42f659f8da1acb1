import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";

const QUOTAS = [{ name: "clientexec", limit: 5, windowMs: 20_000, padMs: 1000 }];
const QUEUE = { maxWaitMs: 120_000, maxLength: 100 };

interface Refused {
  readonly type: string;
  readonly detail: string;
  readonly place: number;
  readonly predictedMs: number;
}

async function ask(base: string, path: string, prefer?: string) {
  const headers = prefer === undefined ? {} : { prefer };
  const { statusCode, headers: fields, body } = await request(`${base}${path}`, { headers });
  return {
    status: statusCode,
    retryAfter: Number(fields["retry-after"]),
    text: await body.text(),
  };
}

async function fill(base: string): Promise<void> {
  const answers = await Promise.all([1, 2, 3, 4, 5].map((id) => ask(base, `/invoice/${id}`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
}

describe("a request that cannot leave before its deadline", () => {
  it("is refused at once, with its place, the predicted wait and when to come again", async () => {
    await using world = await startWorld({ upstream: { quotas: QUOTAS, queue: QUEUE } });
    await fill(world.base);
    const askedAt = performance.now();
    const refused = await ask(world.base, "/invoice/6", "wait=5");
    expect(performance.now() - askedAt).toBeLessThan(1500);
    expect(refused.status).toBe(429);
    const { type, detail, place, predictedMs } = JSON.parse(refused.text) as Refused;
    expect(type).toContain("deadline-passed");
    expect(place).toBe(1);
    // The first of the five falls out of the window 21 s after it left.
    expect(predictedMs).toBeGreaterThan(15_000);
    expect(predictedMs).toBeLessThanOrEqual(21_000);
    expect(refused.retryAfter).toBe(Math.ceil(predictedMs / 1000));
    expect(detail).toContain("number 1 in line");
    expect(world.simulator.arrivals()).toHaveLength(5);
  });

  it("may say that it will not wait: it is served now, or refused now", async () => {
    await using world = await startWorld({ upstream: { quotas: QUOTAS, queue: QUEUE } });
    const served = await Promise.all(
      [1, 2, 3, 4, 5].map((id) => ask(world.base, `/invoice/${id}`, "wait=0")),
    );
    expect(served.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const refused = await ask(world.base, "/invoice/6", "wait=0");
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.text)).toMatchObject({ place: 1 });
    expect(refused.retryAfter).toBeGreaterThan(10);
  });

  it("stands behind those who wait already, through any instance", async () => {
    await using world = await startWorld({ upstream: { quotas: QUOTAS, queue: QUEUE } });
    const other = await world.another();
    await fill(world.base);
    const waiting = Array.from({ length: 7 }, (_, index) =>
      ask(world.base, `/invoice/${10 + index}`).catch(() => {}),
    );
    const load = () => world.gateway.status().upstreams["clientexec"];
    await expect.poll(() => load()?.waiting).toBe(7);
    const refused = await ask(`${other.url}/api`, "/invoice/6", "wait=30");
    expect(refused.status).toBe(429);
    const { place, predictedMs } = JSON.parse(refused.text) as Refused;
    expect(place).toBe(8);
    // Seven before it: five in the next window, so that it is third in the one after.
    expect(predictedMs).toBeGreaterThan(40_000);
    expect(predictedMs).toBeLessThan(43_000);
    void waiting;
  });
});
