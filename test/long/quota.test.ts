import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { runGateway, type GatewayProcess, type SimulatorProcess } from "../support/instance.ts";
import { expectKept, quotaTrial, trialConfig, type Trial } from "../support/quota-trial.ts";

/*
 * Promise P1 at length: 60 in any 6 s with 200 ms of pad, ten windows each. The figures are printed, since
 * the README tells them.
 */

const TERMS = { limit: 60, windowMs: 6000, padMs: 200, windows: 9 };
const folder = mkdtempSync(join(tmpdir(), "sluice-long-"));

afterAll(() => rmSync(folder, { recursive: true }));

function redisStore(): object {
  return { redis: inject("redisUrl"), prefix: `l-${randomUUID().slice(0, 8)}` };
}

function fileStore(): object {
  return { file: join(folder, `${randomUUID()}.db`) };
}

async function trial(name: string, store: object, preloads: readonly string[][]): Promise<Trial> {
  const made = await quotaTrial(
    TERMS,
    async ({ url }: SimulatorProcess): Promise<GatewayProcess[]> => {
      const config = trialConfig(url, TERMS, store);
      return Promise.all(preloads.map((modules) => runGateway(config, { preloads: modules })));
    },
  );
  process.stdout.write(`${name}: ${JSON.stringify(made)}\n`);
  return made;
}

describe("the quota at length", () => {
  it("holds for three processes on one Redis", async () => {
    expectKept(await trial("three on Redis", redisStore(), [[], [], []]), TERMS);
  });

  it("holds for one process on the embedded store", async () => {
    expectKept(await trial("one embedded", fileStore(), [[]]), TERMS);
  });

  it("holds for two processes on one file", async () => {
    expectKept(await trial("two on one file", fileStore(), [[], []]), TERMS);
  });

  it("holds with one process's clock five seconds ahead", async () => {
    const preloads = [["test/support/clock-ahead.ts"], [], []];
    expectKept(await trial("clock ahead", redisStore(), preloads), TERMS);
  });

  it("holds with one process's event loop blocked now and then", async () => {
    const preloads = [["test/support/blocked-loop.ts"], [], []];
    const made = await trial("loop blocked", redisStore(), preloads);
    expect(made).toMatchObject({ violations: 0 });
    expect(made.worst).toBeLessThanOrEqual(TERMS.limit);
  });
});
