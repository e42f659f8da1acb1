import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, describe, expect, inject, it } from "vitest";
import { closedLoop } from "../support/closed-loop.ts";
import { runGateway, runSimulator, type GatewayProcess } from "../support/instance.ts";
import { trialConfig } from "../support/quota-trial.ts";
import { startRedis } from "../support/redis-instance.ts";

/*
 * The accounts over real processes: they agree with what clients saw and with what the upstream counted, whatever
 * befalls instances and store.
 */

const TERMS = { limit: 200, windowMs: 2000, padMs: 200, windows: 0 };
const folder = mkdtempSync(join(tmpdir(), "sluice-accounts-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Row extends Readonly<Record<string, unknown>> {
  readonly asked: number;
  readonly forwarded: number;
}

async function accounts(adminUrl: string, query = "") {
  const { body } = await request(`${adminUrl}/accounts${query}`);
  return (await body.json()) as { readonly rows: readonly Row[]; readonly total: Row };
}

async function load(gateways: readonly GatewayProcess[], during: () => Promise<void>) {
  const loop = closedLoop(
    gateways.map(({ url }) => url),
    [
      { consumer: "reports", count: 6 },
      { consumer: "sync", count: 3 },
    ],
  );
  await during();
  await loop.stop();
  return [...loop.answers.values()].reduce((sum, count) => sum + count, 0);
}

const passing = (ms: number) => (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe("the accounts over processes", () => {
  it.each([
    ["Redis", () => ({ redis: inject("redisUrl"), prefix: `a-${randomUUID().slice(0, 8)}` })],
    ["one file", () => ({ file: join(folder, `${randomUUID()}.db`) })],
  ])(
    "are exact for three of them on %s, and after they have been drained",
    async (_what, store) => {
      await using simulator = await runSimulator(TERMS.limit, TERMS.windowMs);
      const config = trialConfig(simulator.url, TERMS, store());
      await using a = await runGateway(config);
      await using b = await runGateway(config);
      await using c = await runGateway(config);
      const asked = await load([a, b, c], passing(2500));
      expect(await Promise.all([a.stop("SIGTERM"), b.stop("SIGTERM"), c.stop("SIGTERM")])).toEqual([
        0, 0, 0,
      ]);
      await using next = await runGateway(config);
      const arrivals = (await simulator.ask<unknown[]>("GET", "/arrivals")).length;
      for (const query of ["", "?by=route", "?by=minute", "?by=hour"]) {
        const { total } = await accounts(next.adminUrl, query);
        expect([query, total.asked, total.forwarded]).toEqual([query, asked, arrivals]);
      }
      const { rows } = await accounts(next.adminUrl);
      expect(new Set(rows.map(({ consumer }) => consumer))).toEqual(new Set(["reports", "sync"]));
    },
  );

  it("lose nothing and count nothing twice while Redis does not answer", async () => {
    const redis = await startRedis();
    await using simulator = await runSimulator(TERMS.limit, TERMS.windowMs);
    const config = trialConfig(simulator.url, TERMS, { redis: redis.url });
    await using a = await runGateway(config);
    await using b = await runGateway(config);
    const asked = await load([a, b], async () => {
      for (let time = 0; time < 3; time += 1) {
        await passing(900)();
        redis.freeze();
        await passing(900)();
        redis.thaw();
      }
    });
    const arrivals = (await simulator.ask<unknown[]>("GET", "/arrivals")).length;
    await expect
      .poll(async () => (await accounts(a.adminUrl)).total, { timeout: 10_000 })
      .toMatchObject({ asked, forwarded: arrivals });
    await redis.stop();
  });
});
