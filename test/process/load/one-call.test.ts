import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { describe, expect, inject, it } from "vitest";
import {
  runGateway,
  runSimulator,
  type GatewayProcess,
  type SimulatorProcess,
} from "../../support/instance.ts";
import { processConfig, STORED_TICKETS } from "../../support/process-config.ts";

/*
 * Promise P6 on real processes: many identical GETs spread over three instances cost one request, and one more where
 * the process that leads is killed.
 */

const CALLERS = 500;

function configOf(url: string, store: object): object {
  const quotas = [{ limit: 200, window: "10s", pad: "200ms" }];
  return processConfig({ url, store, api: { quotas, routes: STORED_TICKETS } });
}

async function threeInstances(store: object, work: (world: Three) => Promise<void>): Promise<void> {
  await using simulator = await runSimulator(200, 10_000);
  await using stack = new AsyncDisposableStack();
  const config = configOf(simulator.url, store);
  const gateways = await Promise.all([1, 2, 3].map(() => runGateway(config)));
  for (const gateway of gateways) stack.use(gateway);
  const agent = new Agent({ connections: null });
  stack.defer(() => agent.destroy());
  await work({ simulator, gateways, agent });
}

interface Three {
  readonly simulator: SimulatorProcess;
  readonly gateways: readonly GatewayProcess[];
  readonly agent: Agent;
}

/** Asks an instance and, where it died under the request, the next one, as a client of a balancer does with a GET. */
async function ask({ gateways, agent }: Three, first: number): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    const { url } = gateways[(first + attempt) % gateways.length] ?? { url: "" };
    try {
      const { statusCode, body } = await request(`${url}/ticket/7`, { dispatcher: agent });
      return `${statusCode} ${await body.text()}`;
    } catch (error) {
      if (attempt === gateways.length) throw error;
    }
  }
}

async function arrived(simulator: SimulatorProcess): Promise<number> {
  return (await simulator.ask<{ arrivals: number }>("GET", "/seen")).arrivals;
}

async function held(simulator: SimulatorProcess): Promise<number> {
  return (await simulator.ask<{ held: number }>("GET", "/seen")).held;
}

/** The instance that has a request under way at the upstream. */
async function leaderOf(gateways: readonly GatewayProcess[]): Promise<GatewayProcess> {
  for (const gateway of gateways) {
    const { body } = await request(`${gateway.adminUrl}/status`);
    const { upstreams } = (await body.json()) as {
      upstreams: { api: { underWay: number } };
    };
    if (upstreams.api.underWay > 0) return gateway;
  }
  throw new Error("Nobody leads.");
}

const folder = mkdtempSync(join(tmpdir(), "sluice-one-call-"));
const STORES: readonly (readonly [string, () => object])[] = [
  ["one Redis", () => ({ redis: inject("redisUrl"), prefix: `p-${randomUUID().slice(0, 8)}` })],
  ["one file", () => ({ file: join(folder, `${randomUUID()}.db`) })],
];

describe.each(STORES)("one call for many, over three instances on %s", (_name, store) => {
  it(`sends ${CALLERS} identical GETs upstream once`, async () => {
    await threeInstances(store(), async (three) => {
      await three.simulator.ask("POST", "/script", { match: "GET /ticket/:id", hold: true });
      const answers = Promise.all(Array.from({ length: CALLERS }, (_, index) => ask(three, index)));
      await expect.poll(() => held(three.simulator), { timeout: 20_000 }).toBe(1);
      await three.simulator.ask("POST", "/release");
      expect(new Set(await answers).size).toBe(1);
      expect(await arrived(three.simulator)).toBe(1);
    });
  });

  it("sends at most two where the leader's process is killed, and answers everybody", async () => {
    await threeInstances(store(), async (three) => {
      await three.simulator.ask("POST", "/script", { match: "GET /ticket/:id", hold: true });
      const answers = Promise.all(Array.from({ length: CALLERS }, (_, index) => ask(three, index)));
      await expect.poll(() => held(three.simulator), { timeout: 20_000 }).toBe(1);
      const leader = await leaderOf(three.gateways);
      await leader.stop("SIGKILL");
      const all = await answers;
      expect(all).toHaveLength(CALLERS);
      expect(new Set(all.map((answer) => answer.slice(0, 3)))).toEqual(new Set(["200"]));
      expect(await arrived(three.simulator)).toBeLessThanOrEqual(2);
    });
  });
});

process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
