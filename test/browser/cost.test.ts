import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, startChromium } from "../support/chromium.ts";
import {
  runGateway,
  runSimulator,
  type GatewayProcess,
  type SimulatorProcess,
} from "../support/instance.ts";
import { processConfig } from "../support/process-config.ts";

/*
 * What the page costs with 50 consumers and 200 routes: the browser's main thread, and the gateway's process, which
 * works on one thread, so that its time for the page is what its hits lose.
 */

const CONSUMERS = 50;
const ROUTES = 200;
/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10;

let folder: string;
let simulator: SimulatorProcess;
let gateway: GatewayProcess;
const agent = new Agent({ connections: 16 });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-cost-"));
  simulator = await runSimulator(100_000, 60_000);
  const routes = Array.from({ length: ROUTES }, (_, index) => ({
    match: `GET /ticket/${index}`,
    cache: { lifetime: "10m", override: true },
  }));
  const api = { quotas: [{ limit: 100_000, window: "60s" }], routes };
  const store = { file: join(folder, "sluice.db") };
  const { url } = simulator;
  gateway = await runGateway(processConfig({ url, store, api }));
  await everybodyAsks();
});
afterAll(async () => {
  await agent.close();
  await gateway[Symbol.asyncDispose]();
  await simulator[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function ask(consumer: number, route: number): Promise<void> {
  const { body } = await request(`${gateway.url}/ticket/${route}`, {
    dispatcher: agent,
    headers: { "sluice-consumer": `consumer-${consumer}` },
  });
  await body.dump();
}

/** Each consumer asks for each tenth route, so that the minute has as many cells as it may. */
async function everybodyAsks(): Promise<void> {
  const asks = Array.from({ length: ROUTES * 10 }, (_, index) => index);
  for (let from = 0; from < asks.length; from += 50) {
    const some = asks.slice(from, from + 50);
    await Promise.all(some.map((index) => ask(index % CONSUMERS, (index * 7) % ROUTES)));
  }
}

/** What the gateway's process has used of a processor so far, in milliseconds. */
function usedMs(): number {
  const stat = readFileSync(`/proc/${gateway.child.pid}/stat`, "utf8");
  const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14);
  return (Number(user) + Number(system)) * TICK_MS;
}

async function usedIn(ms: number): Promise<number> {
  const before = usedMs();
  await sleep(ms);
  return usedMs() - before;
}

describe("the dashboard with 50 consumers and 200 routes", () => {
  it("takes less than 100 ms of the main thread an update", async () => {
    const browser = await startChromium();
    const { page, complaints } = await openPage(browser, {
      viewport: { width: 1280, height: 900 },
    });
    await page.goto(`${gateway.adminUrl}/`);
    await page.locator('#live[data-state="live"]').waitFor();
    expect(await page.locator("#consumers tbody tr").count()).toBe(CONSUMERS);
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const applied = () => page.evaluate<number>(`performance.getEntriesByName("applied").length`);
    const busyMs = async (): Promise<number> => {
      const { metrics } = await session.send("Performance.getMetrics");
      return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
    };
    const longest = page.evaluate<number>(`new Promise((resolve) => {
      let longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      }).observe({ type: "longtask" });
      setTimeout(() => resolve(longest), 10_000);
    })`);
    const [busyBefore, appliedBefore] = [await busyMs(), await applied()];
    const asking = Array.from({ length: 18 }, (_, round) =>
      sleep(round * 500).then(() =>
        Promise.all([1, 2, 3].map((step) => ask((round * step) % CONSUMERS, round))),
      ),
    );
    await Promise.all(asking);
    const longestMs = await longest;
    const updates = (await applied()) - appliedBefore;
    const eachMs = ((await busyMs()) - busyBefore) / updates;
    process.stdout.write(
      `an update: ${eachMs.toFixed(1)} ms of the main thread (${updates} updates, longest task ${longestMs.toFixed(0)} ms)\n`,
    );
    expect(updates).toBeGreaterThan(5);
    expect(eachMs).toBeLessThan(100);
    expect(longestMs).toBeLessThan(100);
    expect(complaints).toEqual([]);
    await browser.close();
  });

  it("takes less than 3 % of the gateway's thread, and so of its hits", async () => {
    const spanMs = 4000;
    let asks = 0;
    // A few requests all the time, so that there is always something new to be shown.
    const load = setInterval(() => {
      asks += 1;
      void ask(asks % CONSUMERS, (asks * 7) % ROUTES);
    }, 20);
    await usedIn(3000);
    let [without, withOne] = [0, 0];
    // By turns, since the machine has other things to do as well.
    for (let pair = 0; pair < 4; pair += 1) {
      without += await usedIn(spanMs);
      const leaving = new AbortController();
      const { signal } = leaving;
      const stream = await fetch(`${gateway.adminUrl}/dashboard/stream`, { signal });
      const reading = stream.text().catch(() => "");
      withOne += await usedIn(spanMs);
      leaving.abort();
      await reading;
    }
    clearInterval(load);
    const part = (withOne - without) / (4 * spanMs);
    process.stdout.write(
      `the page open: ${(part * 100).toFixed(2)} % of the gateway's thread (${without} ms without, ${withOne} ms with, of ${4 * spanMs} each)\n`,
    );
    expect(part).toBeLessThan(0.03);
  });
});
