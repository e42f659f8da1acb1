import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, describe, expect, it } from "vitest";
import { runGateway, runInstance, runSimulator } from "../support/instance.ts";
import { trialConfig } from "../support/quota-trial.ts";

/*
 * A gateway as a process: start, exit codes, log and drain.
 */

const TERMS = { limit: 5, windowMs: 2000, padMs: 200, windows: 0 };
const folder = mkdtempSync(join(tmpdir(), "sluice-life-"));

afterAll(() => rmSync(folder, { recursive: true }));

async function get(url: string): Promise<{ status: number; type: unknown }> {
  const response = await request(url);
  const body = (await response.body.json()) as { type?: string };
  return { status: response.statusCode, type: body.type };
}

describe("a gateway's process", () => {
  it("drains on SIGTERM: what waits is answered, nothing new is taken, and it exits with 0", async () => {
    await using simulator = await runSimulator(5, 2000);
    const store = { file: join(folder, "drain.db") };
    await using gateway = await runGateway(trialConfig(simulator.url, TERMS, store));
    const waiting = Array.from({ length: 8 }, (_, index) =>
      get(`${gateway.url}/invoice/${index + 1}`),
    );
    await expect.poll(async () => (await get(`${gateway.adminUrl}/readyz`)).status).toBe(200);
    await expect
      .poll(async () => simulator.ask<unknown[]>("GET", "/arrivals").then(({ length }) => length))
      .toBe(5);
    const exited = gateway.stop("SIGTERM");
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(
      Array.from({ length: 8 }, () => 200),
    );
    expect(await exited).toBe(0);
    await expect(get(`${gateway.url}/invoice/1`)).rejects.toThrow("ECONNREFUSED");
  });

  it("refuses what still waits when the drain's bound is reached, with 503", async () => {
    await using simulator = await runSimulator(5, 2000);
    const slow = { ...TERMS, limit: 1, windowMs: 60_000 };
    const config = {
      ...trialConfig(simulator.url, slow, { file: join(folder, "bound.db") }),
      drain: "300ms",
    };
    await using gateway = await runGateway(config);
    expect((await get(`${gateway.url}/invoice/1`)).status).toBe(200);
    const waiting = get(`${gateway.url}/invoice/2`);
    await expect
      .poll(async () => {
        const status = await request(`${gateway.adminUrl}/status`);
        return status.body.json();
      })
      .toMatchObject({ upstreams: { api: { waiting: 1 } } });
    const began = performance.now();
    const exited = gateway.stop("SIGTERM");
    expect(await waiting).toEqual({ status: 503, type: "urn:sluice:problem:draining" });
    expect(await exited).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("writes one access record an exchange, and no secret into it", async () => {
    await using simulator = await runSimulator(50, 2000);
    const config = trialConfig(simulator.url, TERMS, { file: join(folder, "log.db") });
    await using gateway = await runGateway(config);
    await get(`${gateway.url}/invoice/1?apikey=sim-key&token=sim-key`);
    const { exchange } = await gateway.line((line) => line["exchange"] !== undefined);
    expect(exchange).toMatchObject({
      method: "GET",
      path: "/invoice/1",
      route: "unlisted",
      cache: "bypass",
      status: 200,
      forwards: 1,
      end: "complete",
    });
    expect(JSON.stringify(gateway.lines)).not.toContain("sim-key");
  });

  it("names every problem of a bad configuration, exits with 78 and starts nothing", async () => {
    const file = join(folder, "bad.yaml");
    writeFileSync(file, "listen: { port: 99999 }\nunknown: 1\nupstreams: { a: { mount: api } }\n");
    await using gateway = runInstance({ script: "src/main.ts", args: ["--config", file] });
    expect(await gateway.stop("SIGCONT")).toBe(78);
    expect(gateway.errors()).toMatch(/listen\.port[\s\S]*unknown|unknown[\s\S]*listen\.port/);
    expect(gateway.errors()).toContain("upstreams.a.mount");
    expect(gateway.lines).toEqual([]);
  });

  it("without an upstream says what to set and names the demo", async () => {
    const environment = { SLUICE_UPSTREAM_URL: "", SLUICE_APP_KEY: "" };
    await using gateway = runInstance({ script: "src/main.ts", environment });
    expect(await gateway.stop("SIGCONT")).toBe(78);
    expect(gateway.errors()).toContain("SLUICE_UPSTREAM_URL");
    expect(gateway.errors()).toContain("npm run demo");
  });

  it("exits with 1 where its port is taken, and says what to set", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const file = join(folder, "taken.yaml");
    const store = { file: join(folder, "taken.db") };
    const config = { ...trialConfig("http://127.0.0.1:9/api", TERMS, store), listen: { port } };
    writeFileSync(file, JSON.stringify(config));
    await using gateway = runInstance({ script: "src/main.ts", args: ["--config", file] });
    expect(await gateway.stop("SIGCONT")).toBe(1);
    expect(gateway.errors()).toContain("SLUICE_PORT");
    taken.close();
  });

  it("exits with 69 where Redis does not answer", async () => {
    const file = join(folder, "redis.yaml");
    writeFileSync(
      file,
      JSON.stringify(
        trialConfig("http://127.0.0.1:9/api", TERMS, { redis: "redis://127.0.0.1:9" }),
      ),
    );
    await using gateway = runInstance({ script: "src/main.ts", args: ["--config", file] });
    expect(await gateway.stop("SIGCONT")).toBe(69);
    expect(gateway.errors()).toMatch(/Redis/);
  });
});
