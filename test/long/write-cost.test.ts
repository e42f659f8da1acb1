import { randomUUID } from "node:crypto";
import { request } from "undici";
import { expect, inject, it } from "vitest";
import { runGateway, runSimulator, type GatewayProcess } from "../support/instance.ts";
import { processConfig, STORED_TICKETS } from "../support/process-config.ts";

/*
 * What freshness after a write (promise P7) adds to a write's answer: PUTs, which are announced before they leave and
 * are answered when every near cache has dropped what they changed, beside GETs that are neither stored nor
 * announced. Three processes on one Redis, all near caches in use; taken in turns, since the machine is shared.
 */

const ROUNDS = 300;

function configOf(url: string): object {
  const store = { redis: inject("redisUrl"), prefix: `p-${randomUUID().slice(0, 8)}` };
  const quotas = [{ limit: 100_000, window: "10s", pad: "1s" }];
  const api = { quotas, unlistedGets: "forward", routes: STORED_TICKETS };
  return processConfig({ url, store, api });
}

async function timed(url: string, method: "GET" | "PUT"): Promise<number> {
  const headers = { "content-type": "application/json" };
  const sent = method === "PUT" ? { headers, body: '{"subject":"x"}' } : {};
  const since = performance.now();
  const { body } = await request(url, { method, ...sent });
  await body.dump();
  return performance.now() - since;
}

/** The instant below which the given part of all lies, in milliseconds. */
function quantile(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

it("costs a write a few milliseconds while all instances are well", async () => {
  await using simulator = await runSimulator(100_000, 10_000);
  const config = configOf(simulator.url);
  const gateways = await Promise.all([1, 2, 3].map(() => runGateway(config)));
  await using stack = new AsyncDisposableStack();
  for (const gateway of gateways) stack.use(gateway);
  const [first] = gateways as [GatewayProcess, ...GatewayProcess[]];
  const writes: number[] = [];
  const reads: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { url } of gateways) await timed(`${url}/ticket/1`, "GET");
    writes.push(await timed(`${first.url}/ticket/1`, "PUT"));
    reads.push(await timed(`${first.url}/invoice/1`, "GET"));
  }
  const figures = [0.5, 0.99].map(
    (part) =>
      `p${part * 100}: PUT ${quantile(writes, part).toFixed(1)} ms, GET ${quantile(reads, part).toFixed(1)} ms`,
  );
  process.stdout.write(`${figures.join("; ")}\n`);
  expect(quantile(writes, 0.5) - quantile(reads, 0.5)).toBeLessThan(20);
});
