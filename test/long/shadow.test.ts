import { randomUUID } from "node:crypto";
import { request } from "undici";
import { describe, expect, inject, it } from "vitest";
import { runGateway, runSimulator, type GatewayProcess } from "../support/instance.ts";
import { processConfig } from "../support/process-config.ts";

/*
 * Shadow and forecast over two processes on Redis, while two services ask for far more than a small quota gives at once: what is tried under the
 * real terms waits as the real line does, other weights show who would gain, and the forecast sees who waits.
 */

/** The pad is so long that no permit comes too late where a machine is slow. */
const QUOTAS = [{ limit: 20, window: "2s", pad: "800ms" }];

interface Fate {
  readonly granted: number;
  readonly waits: { readonly meanMs: number };
}

interface Report {
  readonly upstreams: readonly {
    readonly consumers: readonly {
      readonly consumer: string;
      readonly real: Fate;
      readonly shadow: Fate;
    }[];
  }[];
}

interface Forecast {
  readonly upstreams: readonly { readonly consumers: readonly object[] }[];
}

async function ask<Answer>(url: string): Promise<Answer> {
  const { body } = await request(url);
  return (await body.json()) as Answer;
}

/** By consumer, both gateways together: what has left in the shadow, and the mean waits. */
async function waitsOf(gateways: readonly GatewayProcess[]) {
  const told = await Promise.all(gateways.map(({ adminUrl }) => ask<Report>(`${adminUrl}/shadow`)));
  const pairs = told.flatMap(({ upstreams }) => upstreams[0]?.consumers ?? []);
  return (consumer: string) => {
    const own = pairs.filter((pair) => pair.consumer === consumer);
    const mean = (terms: "real" | "shadow"): number => {
      const granted = own.reduce((sum, pair) => sum + pair[terms].granted, 0);
      const waited = own.map((pair) => pair[terms].granted * pair[terms].waits.meanMs);
      return waited.reduce((sum, one) => sum + one, 0) / granted;
    };
    const granted = own.reduce((sum, { shadow }) => sum + shadow.granted, 0);
    return { granted, realMs: mean("real"), shadowMs: mean("shadow") };
  };
}

/** Thirty requests of each of two services at once, through both gateways: six seconds' worth of the quota. */
async function burst(gateways: readonly GatewayProcess[]): Promise<ReadonlySet<number>> {
  const asked = Array.from({ length: 60 }, async (_, index) => {
    const { url } = gateways[index % gateways.length]!;
    const headers = { "Sluice-Consumer": index % 4 < 2 ? "reports" : "sync" };
    const { statusCode, body } = await request(`${url}/ticket/${(index % 9) + 1}`, { headers });
    await body.dump();
    return statusCode;
  });
  return new Set(await Promise.all(asked));
}

async function underBurst(shadow: object) {
  await using simulator = await runSimulator(1000, 1000);
  const api = { quotas: QUOTAS, unlistedGets: "forward", queue: { maxWait: "60s" }, shadow };
  const store = { redis: inject("redisUrl"), prefix: `s-${randomUUID().slice(0, 8)}` };
  const config = processConfig({ url: simulator.url, store, api });
  await using one = await runGateway(config);
  await using other = await runGateway(config);
  // It measures for three seconds, in which the line gets long.
  const foretold = ask<Forecast>(`${other.adminUrl}/forecast?upstream=api`);
  const answers = await burst([one, other]);
  const both = () => waitsOf([one, other]);
  const granted = async () => {
    const of = await both();
    return [of("reports").granted, of("sync").granted];
  };
  await expect.poll(granted, { timeout: 15_000 }).toEqual([30, 30]);
  return { of: await both(), answers, forecast: await foretold };
}

describe("a shadow over processes", () => {
  it("waits as the real line does under the real terms, and the forecast sees who waits", async () => {
    const { of, forecast, answers } = await underBurst({});
    for (const consumer of ["reports", "sync"]) {
      const { realMs, shadowMs } = of(consumer);
      expect(realMs).toBeGreaterThan(1000);
      expect(Math.abs(realMs - shadowMs)).toBeLessThan(0.3 * realMs);
    }
    expect([...answers]).toEqual([200]);
    const waits = { from: expect.any(String) };
    expect(forecast.upstreams[0]?.consumers).toMatchObject([{ waits }, { waits }]);
  });

  it("shows who would gain by other weights, and answers as before", async () => {
    const { of, answers } = await underBurst({ weights: { sync: 4 } });
    const [sync, reports] = [of("sync"), of("reports")];
    expect(sync.realMs - sync.shadowMs).toBeGreaterThan(200);
    expect(reports.realMs - reports.shadowMs).toBeLessThan(-200);
    expect([...answers]).toEqual([200]);
  });
});
