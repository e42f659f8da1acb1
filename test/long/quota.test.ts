import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { runGateway, type GatewayProcess, type SimulatorProcess } from "../support/instance.ts";
import { expectKept, trialConfig } from "../support/quota-trial.ts";

/*
 * Promise P1 at length: 60 in any 6 s with 200 ms of pad, ten windows each. The figures are printed, since
 * docs/promises.md tells them.
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

async function expectTrial(
  preloads: readonly string[][],
  store: object,
  use?: number,
): Promise<void> {
  const open = async ({ url }: SimulatorProcess): Promise<GatewayProcess[]> => {
    const config = trialConfig(url, TERMS, store);
    return Promise.all(preloads.map((modules) => runGateway(config, { preloads: modules })));
  };
  const made = await expectKept(TERMS, open, use);
  process.stdout.write(`${expect.getState().currentTestName}: ${JSON.stringify(made)}\n`);
}

describe("the quota at length", () => {
  it("holds for three processes on one Redis", () => expectTrial([[], [], []], redisStore()));

  it("holds for one process on the embedded store", () => expectTrial([[]], fileStore()));

  it("holds for two processes on one file", () => expectTrial([[], []], fileStore()));

  it("holds with one process's clock five seconds ahead", () =>
    expectTrial([["test/support/clock-ahead.ts"], [], []], redisStore()));

  it("holds with one process's event loop blocked now and then", () =>
    // What was assigned to a process that stands still is not used.
    expectTrial([["test/support/blocked-loop.ts"], [], []], redisStore(), 0.9));
});
