import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, describe, expect, inject, it } from "vitest";
import {
  runGateway,
  runInstance,
  runSimulator,
  type GatewayProcess,
} from "../../support/instance.ts";
import { processConfig, STORED_TICKETS } from "../../support/process-config.ts";
import { expectKept, trialConfig } from "../../support/quota-trial.ts";

/*
 * Several processes behind one port: what an instance promises, two workers promise as well.
 */

/** The pad is wide, so that a machine that is busy otherwise says something all the same. */
const TERMS = { limit: 20, windowMs: 2000, padMs: 1000, windows: 2 };
const folder = mkdtempSync(join(tmpdir(), "sluice-workers-"));

afterAll(() => rmSync(folder, { recursive: true }));

function fileStore(): object {
  return { file: join(folder, `${randomUUID()}.db`) };
}

async function json(url: string): Promise<Record<string, unknown>> {
  const { body } = await request(url);
  return (await body.json()) as Record<string, unknown>;
}

/** Process ids of the workers. */
function workerIds({ child }: GatewayProcess): number[] {
  const out = execFileSync("ps", ["-o", "pid=", "--ppid", String(child.pid)]).toString();
  return out.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Each on a connection of its own, so that the workers take turns. */
async function ask(url: string): Promise<string> {
  const agent = new Agent({ connections: 1, pipelining: 0 });
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent, reset: true });
    await body.dump();
    return String(statusCode);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    await agent.close();
  }
}

/** A gateway whose configuration stays where it is. */
async function runKept(config: object): Promise<GatewayProcess> {
  const file = join(folder, `${randomUUID()}.yaml`);
  writeFileSync(file, JSON.stringify(config));
  const instance = runInstance({ script: "src/main.ts", args: ["--config", file] });
  const { baseUrls, admin } = await instance.line(({ msg }) => msg === "Sluice listens");
  return { ...instance, url: String(baseUrls), adminUrl: String(admin) };
}

describe("two workers", () => {
  it.each([
    ["on one file", fileStore],
    [
      "on one Redis",
      () => ({ redis: inject("redisUrl"), prefix: `w-${randomUUID().slice(0, 8)}` }),
    ],
  ])("keep one quota and use it, %s", async (_name, store) => {
    // Two more processes and a supervisor on two cores: a permit that grows old costs a unit of twenty.
    await expectKept(
      TERMS,
      async ({ url }) => [await runGateway({ ...trialConfig(url, TERMS, store()), workers: 2 })],
      0.9,
    );
  });

  it("share the port, take turns, and are added up on one admin port", async () => {
    await using simulator = await runSimulator(100, 2000);
    const terms = { ...TERMS, limit: 100 };
    const config = { ...trialConfig(simulator.url, terms, fileStore()), workers: 2 };
    await using gateway = await runGateway(config);
    for (let turn = 0; turn < 10; turn += 1) {
      expect(await ask(`${gateway.url}/invoice/${turn + 1}`)).toBe("200");
    }
    expect(await json(`${gateway.adminUrl}/status`)).toMatchObject({
      workers: 2,
      total: { asked: 10, forwarded: 10 },
    });
    const { body } = await request(`${gateway.adminUrl}/metrics`);
    const asked = [...(await body.text()).matchAll(/^sluice_\w+_total\{worker="(\d)"/gm)];
    expect(new Set(asked.map(([, worker]) => worker))).toEqual(new Set(["1", "2"]));
    const reloaded = await request(`${gateway.adminUrl}/reload`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    // The file is gone since the start, so a reload is refused by all.
    expect(reloaded.statusCode).toBe(422);
    await reloaded.body.dump();
    expect(await json(`${gateway.adminUrl}/readyz`)).toMatchObject({ ready: true });
  });

  it("see a write through the other at once", async () => {
    await using simulator = await runSimulator(300, 2000);
    const quotas = [{ limit: 300, window: "2s", pad: "200ms" }];
    const api = { quotas, routes: STORED_TICKETS };
    const config = {
      ...processConfig({ url: simulator.url, store: fileStore(), api }),
      workers: 2,
    };
    await using gateway = await runGateway(config);
    const read = async (): Promise<string> => {
      const { headers, body } = await request(`${gateway.url}/ticket/1`, { reset: true });
      await body.dump();
      return String(headers["cache-status"]);
    };
    const before = [await read(), await read(), await read(), await read()];
    expect(before.slice(1).every((status) => status.includes("hit"))).toBe(true);
    const written = await request(`${gateway.url}/ticket/1`, {
      method: "PUT",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "subject=new",
      reset: true,
    });
    await written.body.dump();
    expect(await read()).not.toContain("hit");
    expect(await read()).toContain("hit");
  });

  it("lose only a killed one's own exchanges, and it is started again", async () => {
    await using simulator = await runSimulator(500, 2000);
    const terms = { ...TERMS, limit: 500 };
    const config = { ...trialConfig(simulator.url, terms, fileStore()), workers: 2 };
    // The worker that is started again reads the file once more.
    await using gateway = await runKept(config);
    const [victim = 0] = workerIds(gateway);
    const outcomes: string[] = [];
    const stopping = new AbortController();
    const loops = Array.from({ length: 8 }, async () => {
      while (!stopping.signal.aborted) outcomes.push(await ask(`${gateway.url}/invoice/1`));
    });
    await expect.poll(() => outcomes.length, { timeout: 20_000 }).toBeGreaterThan(40);
    process.kill(victim, "SIGKILL");
    await gateway.line(({ msg }) => msg === "A worker ended and is started again");
    await expect
      .poll(async () => (await json(`${gateway.adminUrl}/status`))["workers"], { timeout: 60_000 })
      .toBe(2);
    const before = outcomes.length;
    await expect.poll(() => outcomes.length - before, { timeout: 20_000 }).toBeGreaterThan(40);
    stopping.abort();
    await Promise.all(loops);
    const lost = outcomes.filter((outcome) => outcome !== "200");
    // At most what each caller had under way at the one that was killed.
    expect(lost.length).toBeLessThanOrEqual(8);
    expect(outcomes.slice(before + 8).every((outcome) => outcome === "200")).toBe(true);
    expect(await simulator.ask("GET", "/seen")).toMatchObject({ violations: 0 });
    expect(workerIds(gateway)).not.toContain(victim);
  });

  it("drain together on SIGTERM: what waits is answered, and the process ends with 0", async () => {
    await using simulator = await runSimulator(5, 4000);
    const terms = { ...TERMS, limit: 5, windowMs: 4000 };
    const config = { ...trialConfig(simulator.url, terms, fileStore()), workers: 2, drain: "60s" };
    await using gateway = await runGateway(config);
    const waiting = Array.from({ length: 8 }, () => ask(`${gateway.url}/invoice/1`));
    const arrived = async (): Promise<number> =>
      (await simulator.ask<unknown[]>("GET", "/arrivals")).length;
    await expect.poll(arrived, { timeout: 20_000 }).toBe(5);
    const exited = gateway.stop("SIGTERM");
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 8 }, () => "200"));
    expect(await exited).toBe(0);
    expect(await ask(`${gateway.url}/invoice/1`)).toBe("ECONNREFUSED");
  });

  it("end with 1 where the port is taken, and say so once", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const file = join(folder, "taken.yaml");
    const config = {
      ...trialConfig("http://127.0.0.1:9/api", TERMS, fileStore()),
      listen: { port },
    };
    writeFileSync(file, JSON.stringify({ ...config, workers: 2 }));
    await using gateway = runInstance({ script: "src/main.ts", args: ["--config", file] });
    expect(await gateway.stop("SIGCONT")).toBe(1);
    expect(gateway.errors().match(/SLUICE_PORT/g)).toHaveLength(1);
    taken.close();
  });
});
