import { randomUUID } from "node:crypto";
import { Agent, request } from "undici";
import { describe, expect, inject, it } from "vitest";
import {
  runGateway,
  runSimulator,
  type GatewayProcess,
  type SimulatorProcess,
} from "../support/instance.ts";
import { processConfig } from "../support/process-config.ts";

/*
 * Promise P5 on real processes: three gateways on one Redis, before an upstream that allows 60 requests in any 6 s.
 * What leaves is counted by consumer in the accounts of all three.
 */

const LIMIT = 60;
const WINDOW_MS = 6000;
const PAD_MS = 200;
const SPAN_MS = WINDOW_MS + PAD_MS;

interface Three {
  readonly simulator: SimulatorProcess;
  readonly gateways: readonly GatewayProcess[];
  readonly agent: Agent;
}

function configOf(url: string, consumers: Readonly<Record<string, number>>): object {
  const store = { redis: inject("redisUrl"), prefix: `p-${randomUUID().slice(0, 8)}` };
  const api = {
    quotas: [{ limit: LIMIT, window: `${WINDOW_MS}ms`, pad: `${PAD_MS}ms` }],
    unlistedGets: "forward",
    queue: { maxWait: "5m", maxLength: 5000 },
  };
  return {
    ...processConfig({ url, store, api }),
    consumers: Object.fromEntries(
      Object.entries(consumers).map(([name, weight]) => [name, { key: keyOf(name), weight }]),
    ),
  };
}

function keyOf(name: string): string {
  return `key-of-${name}`;
}

async function threeInstances(
  consumers: Readonly<Record<string, number>>,
  work: (three: Three) => Promise<void>,
): Promise<void> {
  await using simulator = await runSimulator(LIMIT, WINDOW_MS);
  await using stack = new AsyncDisposableStack();
  const config = configOf(simulator.url, consumers);
  const gateways = await Promise.all([1, 2, 3].map(() => runGateway(config)));
  for (const gateway of gateways) stack.use(gateway);
  const agent = new Agent({ connections: null });
  stack.defer(() => agent.destroy());
  await work({ simulator, gateways, agent });
  const { violations } = await simulator.ask<{ violations: number }>("GET", "/seen");
  expect(violations).toBe(0);
}

/** One request; how long it took, in milliseconds. */
async function ask({ gateways, agent }: Three, how: Asking): Promise<number> {
  const { consumer, instance, urgency } = how;
  const { url } = gateways[instance % gateways.length] ?? { url: "" };
  const headers = {
    authorization: `Bearer ${keyOf(consumer)}`,
    ...(urgency === undefined ? {} : { priority: `u=${urgency}` }),
  };
  const since = performance.now();
  const { body } = await request(`${url}/ticket/1`, { headers, dispatcher: agent });
  await body.dump();
  return performance.now() - since;
}

interface Asking {
  readonly consumer: string;
  readonly instance: number;
  readonly urgency?: number;
}

/** Keeps so many requests of a consumer waiting, spread over all instances, until told to stop; counts what was answered. */
function flood(three: Three, consumer: string, waiting: number) {
  const over = new AbortController();
  const answeredAt: number[] = [];
  const loops = Array.from({ length: waiting }, async (_, instance) => {
    while (!over.signal.aborted) {
      await ask(three, { consumer, instance }).catch(() => {});
      answeredAt.push(performance.now());
    }
  });
  return {
    /** Answered between two instants. */
    between: (from: number, to: number) => answeredAt.filter((at) => at > from && at <= to).length,
    stop(): void {
      over.abort();
      for (const loop of loops) loop.catch(() => {});
    },
  };
}

async function spans(count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, count * SPAN_MS);
  await promise;
}

describe("shares over three processes on one Redis", () => {
  it("come out as the weights 5:3:1 under flood, within 3 %", async () => {
    await threeInstances({ five: 5, three: 3, one: 1 }, async (three) => {
      const floods = ["five", "three", "one"].map((name) => flood(three, name, 40));
      await spans(1);
      const from = performance.now();
      await spans(6);
      const to = performance.now();
      const got = floods.map((one) => one.between(from, to));
      for (const one of floods) one.stop();
      const all = got.reduce((sum, one) => sum + one, 0);
      const shares = got.map((one, index) => one / all / ([5, 3, 1][index] ?? 1) / (1 / 9));
      process.stdout.write(
        `5:3:1 came out as ${got.join(":")}, ${shares.map((share) => share.toFixed(3)).join(", ")} of what is due\n`,
      );
      for (const share of shares) expect(Math.abs(share - 1)).toBeLessThan(0.03);
    });
  });

  it("come within 5 % of max-min fairness where the demand is 10:3:1 at equal weights", async () => {
    await threeInstances({ much: 1, some: 1, few: 1 }, async (three) => {
      // A share is 20 of 60: few ask for 6 a window, some for 18, much for 60; what is left of few's and some's is much's.
      const demands = { much: 60, some: 18, few: 6 };
      const due = { much: LIMIT - 18 - 6, some: 18, few: 6 };
      const over = new AbortController();
      const answered: Record<string, number[]> = { much: [], some: [], few: [] };
      const pacers = Object.entries(demands).map(async ([consumer, units]) => {
        for (let index = 0; !over.signal.aborted; index += 1) {
          void ask(three, { consumer, instance: index }).then(
            () => answered[consumer]?.push(performance.now()),
            () => {},
          );
          const { promise, resolve } = Promise.withResolvers<void>();
          setTimeout(resolve, SPAN_MS / units);
          await promise;
        }
      });
      await spans(2);
      const from = performance.now();
      await spans(6);
      const to = performance.now();
      over.abort();
      await Promise.all(pacers);
      const got = Object.fromEntries(
        Object.entries(answered).map(([name, at]) => [
          name,
          at.filter((one) => one > from && one <= to).length / 6,
        ]),
      );
      process.stdout.write(
        `10:3:1 at equal weights: ${JSON.stringify(got)} a window, due ${JSON.stringify(due)}\n`,
      );
      for (const [name, units] of Object.entries(due)) {
        expect(Math.abs((got[name] ?? 0) - units)).toBeLessThanOrEqual(Math.max(1, units * 0.05));
      }
    });
  });

  it("let one that asks in the middle of a flood wait no longer than one unit of its share", async () => {
    await threeInstances({ flooding: 1, quiet: 1 }, async (three) => {
      const flooding = flood(three, "flooding", 90);
      await spans(2);
      const waits: number[] = [];
      for (let index = 0; index < 12; index += 1) {
        waits.push(await ask(three, { consumer: "quiet", instance: index }));
        await spans(0.2);
      }
      flooding.stop();
      const unitMs = (2 * SPAN_MS) / LIMIT;
      process.stdout.write(
        `in the middle of a flood: ${Math.max(...waits).toFixed(0)} ms at worst; a unit of the share is ${unitMs.toFixed(0)} ms\n`,
      );
      // Beside the wait there is the way: a forward to the upstream and two hops.
      expect(Math.max(...waits)).toBeLessThan(unitMs + 150);
    });
  });

  it("let what is urgent on one instance overtake the bulk of another", async () => {
    await threeInstances({ sync: 1 }, async (three) => {
      const order: string[] = [];
      const bulk = Array.from({ length: 3 * LIMIT }, async () => {
        await ask(three, { consumer: "sync", instance: 0, urgency: 6 });
        order.push("bulk");
      });
      await spans(1.2);
      const urgent = Array.from({ length: 5 }, async () => {
        await ask(three, { consumer: "sync", instance: 1, urgency: 0 });
        order.push("urgent");
      });
      const before = order.length;
      await Promise.all(urgent);
      const overtakenBy = order.slice(before).filter((one) => one === "bulk").length;
      process.stdout.write(
        `urgent requests let ${overtakenBy} of the bulk pass before all five had left\n`,
      );
      expect(overtakenBy).toBeLessThanOrEqual(3);
      await Promise.all(bulk);
    });
  });
});
