import { randomUUID } from "node:crypto";
import { request } from "undici";
import { expect, inject, it } from "vitest";
import { runGateway, runSimulator, type GatewayProcess } from "../support/instance.ts";
import { processConfig } from "../support/process-config.ts";

/*
 * Limits that are learned, in small (40 in 4 s), on real processes and Redis: test/simulation/learned.test.ts shows the
 * figures.
 */

interface Told {
  readonly upstreams: readonly {
    readonly quotas: readonly { readonly effective: number; readonly foreign: number }[];
    readonly endpoints: readonly { readonly endpoint: string }[];
    readonly changes: readonly { readonly reason: string }[];
  }[];
  readonly events: readonly { readonly kind: string }[];
}

async function told({ adminUrl }: GatewayProcess): Promise<Told> {
  const { body } = await request(`${adminUrl}/quota`);
  return (await body.json()) as Told;
}

/** Callers in a closed loop through each gateway, until it is as wanted. */
async function floodUntil(
  gateways: readonly GatewayProcess[],
  paths: readonly string[],
  wanted: () => Promise<boolean>,
): Promise<void> {
  let isOver = false;
  const call = async (url: string, path: string): Promise<void> => {
    while (!isOver) {
      const { body } = await request(`${url}${path}`);
      await body.dump();
      isOver ||= await wanted();
    }
  };
  const paired = gateways.flatMap(({ url }) => [...paths, ...paths].map((path) => call(url, path)));
  await Promise.all(paired);
}

function config(url: string, window = "4s") {
  const store = { redis: inject("redisUrl"), prefix: `l-${randomUUID().slice(0, 8)}` };
  const quotas = [{ limit: 40, window, pad: "200ms" }];
  return processConfig({
    url,
    store,
    api: { quotas, pause: { margin: "20ms" }, queue: { maxWait: "60s" } },
  });
}

const PATHS = ["/ticket/1", "/user/1", "/invoice/1"];

it("keeps free what a foreign user spends where the upstream tells what is left", async () => {
  await using simulator = await runSimulator(40, 4000);
  await using gateway = await runGateway(config(simulator.url));
  await simulator.ask("POST", "/limits", { foreign: 16, dialect: "triple" });
  const foreign = async (): Promise<number> =>
    (await told(gateway)).upstreams[0]?.quotas[0]?.foreign ?? 0;
  await floodUntil([gateway], PATHS, async () => (await foreign()) >= 12);
  await simulator.ask("POST", "/limits", { foreign: 0 });
  await floodUntil([gateway], PATHS, async () => (await foreign()) === 0);
  const kinds = (await told(gateway)).events.map(({ kind }) => kind);
  expect(kinds).toContain("foreign");
}, 100_000);

it("lets an endpoint with a limit of its own pause alone", async () => {
  await using simulator = await runSimulator(40, 4000);
  await using gateway = await runGateway(config(simulator.url));
  const endpoints = [{ path: "/report", limit: 3, windowMs: 4000 }];
  await simulator.ask("POST", "/limits", { endpoints });
  const paths = [...PATHS, "/report/x"];
  const found = async (): Promise<boolean> =>
    ((await told(gateway)).upstreams[0]?.endpoints ?? []).some(
      ({ endpoint }) => endpoint === "GET /report",
    );
  await floodUntil([gateway], paths, found);
  expect((await told(gateway)).upstreams[0]?.quotas[0]?.effective).toBe(40);
}, 100_000);
