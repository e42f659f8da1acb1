import { randomUUID } from "node:crypto";
import { Agent, request } from "undici";
import { describe, expect, inject, it } from "vitest";
import { runGateway, runSimulator } from "../../support/instance.ts";
import { worstWindow } from "../../support/ledger-world.ts";
import { processConfig } from "../../support/process-config.ts";

/*
 * Quotas within the quota, over three processes on one Redis: a route's own, a consumer's cap, and a reserve, all of them
 * together with the upstream's. Who asks is told apart by the path, since the upstream knows no consumers.
 */

const LIMIT = 40;
const WINDOW_MS = 4000;
const PAD_MS = 200;
const SPAN_MS = WINDOW_MS + PAD_MS;
const REPORTS = 8;
const CAP = 6;
/** A tenth of the upstream's is kept for those who are urgent. */
const BULK = 36;

/** Windows under load after the first. */
const WINDOWS = 3;

const keyOf = (name: string): string => `key-of-${name}`;

const named = (name: string, more: object = {}) => [name, { key: keyOf(name), ...more }] as const;

function configOf(url: string): object {
  const window = `${WINDOW_MS}ms`;
  const api = {
    quotas: [{ limit: LIMIT, window, pad: `${PAD_MS}ms` }],
    unlistedGets: "forward",
    queue: { maxWait: "5m", maxLength: 5000 },
    reserve: { share: 0.1, urgency: 1 },
    routes: [{ match: "GET /reports/**", quota: { limit: REPORTS, window } }],
  };
  const store = { redis: inject("redisUrl"), prefix: `p-${randomUUID().slice(0, 8)}` };
  const capped = named("capped", { cap: { limit: CAP, window } });
  const consumers = [named("bulk"), named("reports"), capped, named("urgent", { priority: 1 })];
  return { ...processConfig({ url, store, api }), consumers: Object.fromEntries(consumers) };
}

const PATHS = {
  bulk: "/ticket/1",
  reports: "/reports/1",
  capped: "/invoice/1",
  urgent: "/user/1",
} as const;

type Name = keyof typeof PATHS;

describe("quotas within the quota", () => {
  it("hold over all instances, each together with the upstream's, and hold up nobody else", async () => {
    await using simulator = await runSimulator(LIMIT, WINDOW_MS);
    await using stack = new AsyncDisposableStack();
    const config = configOf(simulator.url);
    const gateways = await Promise.all([1, 2, 3].map(() => runGateway(config)));
    for (const gateway of gateways) stack.use(gateway);
    const agent = new Agent({ connections: null });
    stack.defer(() => agent.destroy());
    const stop = new AbortController();
    const waits: Record<Name, number[]> = { bulk: [], reports: [], capped: [], urgent: [] };
    const call = async (name: Name, instance: number): Promise<void> => {
      const { url } = gateways[instance % gateways.length] ?? { url: "" };
      const headers = { authorization: `Bearer ${keyOf(name)}` };
      const since = performance.now();
      const { body } = await request(`${url}${PATHS[name]}`, { headers, dispatcher: agent });
      await body.dump();
      if (!stop.signal.aborted) waits[name].push(performance.now() - since);
    };
    const keepAsking = async (name: Name, instance: number, everyMs = 0): Promise<void> => {
      while (!stop.signal.aborted) {
        await call(name, instance).catch(() => {});
        if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    };
    const counts: [Name, number][] = [
      ["bulk", 15],
      ["reports", 6],
      ["capped", 6],
    ];
    for (const [name, count] of counts) {
      for (let caller = 0; caller < count; caller += 1) void keepAsking(name, caller);
    }
    const arrivals = () => simulator.ask<{ atMs: number; target: string }[]>("GET", "/arrivals");
    // A ledger that has just begun waits for what other processes may have sent before.
    await expect
      .poll(async () => (await arrivals()).length, { timeout: 10_000 })
      .toBeGreaterThan(0);
    void keepAsking("urgent", 1, 1500);
    await expect
      .poll(async () => lengthMs(await arrivals()), { timeout: 60_000, interval: 200 })
      .toBeGreaterThan(SPAN_MS * (WINDOWS + 1));
    stop.abort();
    const all = await arrivals();
    const { violations } = await simulator.ask<{ violations: number }>("GET", "/seen");
    const of = (...paths: string[]): number[] =>
      all.filter(({ target }) => paths.some((one) => target.includes(one))).map(({ atMs }) => atMs);
    const worst = (...paths: string[]): number => worstWindow(of(...paths), WINDOW_MS);
    expect(violations).toBe(0);
    expect(worst(PATHS.reports)).toBeLessThanOrEqual(REPORTS);
    expect(worst(PATHS.capped)).toBeLessThanOrEqual(CAP);
    expect(worst(PATHS.bulk, PATHS.reports, PATHS.capped)).toBeLessThanOrEqual(BULK);
    const begun = (all[0]?.atMs ?? 0) + SPAN_MS;
    const steady = (path: string): number =>
      of(path).filter((atMs) => atMs > begun && atMs <= begun + SPAN_MS * WINDOWS).length / WINDOWS;
    // What they may take they have, and bulk has the rest.
    expect(steady(PATHS.reports)).toBeGreaterThan(REPORTS * 0.8);
    expect(steady(PATHS.capped)).toBeGreaterThan(CAP * 0.75);
    expect(steady(PATHS.bulk)).toBeGreaterThan((BULK - REPORTS - CAP) * 0.8);
    // Beside a flood that has taken all that is not kept: a few paces of 105 ms, and the time of the answer itself.
    expect(waits.urgent.length).toBeGreaterThan(3);
    expect(Math.max(...waits.urgent)).toBeLessThan(2000);
  });
});

function lengthMs(arrivals: readonly { readonly atMs: number }[]): number {
  return (arrivals.at(-1)?.atMs ?? 0) - (arrivals[0]?.atMs ?? 0);
}
