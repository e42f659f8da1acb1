import { randomUUID } from "node:crypto";
import { request } from "undici";
import { expect, inject, it } from "vitest";
import { closedLoop } from "../support/closed-loop.ts";
import { runGateway, runSimulator } from "../support/instance.ts";
import { processConfig } from "../support/process-config.ts";

/*
 * A limit that the upstream lowers and raises again without a word, on two processes and Redis: 40 and 24 in 4 s. The
 * simulation in test/simulation/learned.test.ts shows the same at 200 a minute.
 */

const CONFIGURED = 40;
const LOWERED = 24;
const WINDOW_MS = 4000;

it("settles at a limit that was lowered after three refusals at most, and uses one that was raised", async () => {
  await using simulator = await runSimulator(CONFIGURED, WINDOW_MS);
  const quotas = [{ limit: CONFIGURED, window: `${WINDOW_MS}ms`, pad: "200ms" }];
  const api = {
    quotas,
    unlistedGets: "forward",
    pause: { margin: "20ms" },
    queue: { maxWait: "60s" },
  };
  const store = { redis: inject("redisUrl"), prefix: `l-${randomUUID().slice(0, 8)}` };
  const config = processConfig({ url: simulator.url, store, api });
  await using one = await runGateway(config);
  await using other = await runGateway(config);
  const effective = async (): Promise<number> => {
    const { body } = await request(`${one.adminUrl}/quota`);
    const told = (await body.json()) as { upstreams: { quotas: { effective: number }[] }[] };
    return told.upstreams[0]?.quotas[0]?.effective ?? 0;
  };
  const refused = async (): Promise<number> => {
    const seen = await simulator.ask<{ byStatus: Record<string, number> }>("GET", "/seen");
    return seen.byStatus["429"] ?? 0;
  };
  const callers = [
    { consumer: "x", count: 12 },
    { consumer: "y", count: 6 },
  ];
  const loop = closedLoop([one.url, other.url], callers);
  await expect
    .poll(async () => (await simulator.ask<unknown[]>("GET", "/arrivals")).length, {
      timeout: 20_000,
    })
    .toBeGreaterThan(CONFIGURED);
  await simulator.ask("POST", "/limits", { limit: LOWERED });
  // One more than it is: what the pad adds to a window is known by proportion only.
  await expect.poll(effective, { timeout: 60_000 }).toBeLessThanOrEqual(LOWERED + 1);
  expect(await refused()).toBeLessThanOrEqual(3);
  await simulator.ask("POST", "/limits", { limit: CONFIGURED });
  // Three windows until the next trial at most, and five until the whole is tried.
  await expect.poll(effective, { timeout: WINDOW_MS * 15 }).toBe(CONFIGURED);
  await Promise.all([one.stop("SIGKILL"), other.stop("SIGKILL")]);
  await loop.stop();
});
