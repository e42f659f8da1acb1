import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, describe, expect, inject, it } from "vitest";
import {
  runGateway,
  runSimulator,
  type GatewayProcess,
  type SimulatorProcess,
} from "../../support/instance.ts";
import { expectKept, trialConfig } from "../../support/quota-trial.ts";

/*
 * Promise P1 on real processes, sockets and stores: the short form of test/long/quota.test.ts.
 */

const TERMS = { limit: 20, windowMs: 2000, padMs: 200, windows: 3 };
/** Of 60 units; three of them may fall beyond an edge. test/long/quota.test.ts asks for 98 % of 600. */
const USE = 0.95;
const folder = mkdtempSync(join(tmpdir(), "sluice-process-"));

afterAll(() => rmSync(folder, { recursive: true }));

function redisStore(): object {
  return { redis: inject("redisUrl"), prefix: `p-${randomUUID().slice(0, 8)}` };
}

function fileStore(): object {
  return { file: join(folder, `${randomUUID()}.db`) };
}

function open(store: object, preloads: readonly string[][]) {
  return async ({ url }: SimulatorProcess): Promise<GatewayProcess[]> =>
    Promise.all(
      preloads.map((modules) => runGateway(trialConfig(url, TERMS, store), { preloads: modules })),
    );
}

describe("the quota over processes", () => {
  it("holds for three processes on one Redis, and is used", async () => {
    const trial = await expectKept(TERMS, open(redisStore(), [[], [], []]), USE);
    expect(trial.answers).not.toHaveProperty("502");
  });

  it("holds for one process on the embedded store, and is used", async () => {
    await expectKept(TERMS, open(fileStore(), [[]]), USE);
  });

  it("holds for two processes that share one file, and is used", async () => {
    await expectKept(TERMS, open(fileStore(), [[], []]), USE);
  });

  it("lets 60 requests of a lone caller leave within a second, from idle", async () => {
    const terms = { limit: 60, windowMs: 6000, padMs: 200, windows: 0 };
    await using simulator = await runSimulator(terms.limit, terms.windowMs);
    await using gateway = await runGateway(trialConfig(simulator.url, terms, redisStore()));
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const { body } = await request(`${gateway.url}/ticket/${index + 1}`);
        await body.dump();
      }),
    );
    const arrivals = await simulator.ask<{ atMs: number }[]>("GET", "/arrivals");
    expect(arrivals).toHaveLength(60);
    expect((arrivals.at(-1)?.atMs ?? 0) - (arrivals[0]?.atMs ?? 0)).toBeLessThan(1000);
  });

  it("holds when one process's clock is ahead and another's event loop stands still", async () => {
    const preloads = [["test/support/clock-ahead.ts"], ["test/support/blocked-loop.ts"], []];
    // A process that stands still leaves units unused that were assigned to it; none is used twice.
    await expectKept(TERMS, open(redisStore(), preloads), 0.8);
  });
});
