import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { runInstance, runSimulator, type Instance } from "../../support/instance.ts";
import { processConfig } from "../../support/process-config.ts";

/*
 * A configuration that changes under load: nothing fails, and what is asked afterwards goes by the new one.
 */

const folder = mkdtempSync(join(tmpdir(), "sluice-reload-"));

afterAll(() => rmSync(folder, { recursive: true }));

interface Changes {
  readonly lifetime?: string;
  readonly limit?: number;
  readonly weight?: number;
  readonly headers?: string;
  readonly extra?: object;
}

/** Written beside and put in its place, as editors do. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function configText(url: string, changes: Changes) {
  const { lifetime = "60s", limit = 400, weight = 1, headers = "30s", extra } = changes;
  const routes = [{ match: "GET /ticket/:id", cache: { lifetime, override: true } }];
  const quotas = [{ limit, window: "2s", pad: "200ms" }];
  const store = { file: join(folder, "reload.db") };
  const consumers = { one: { key: "key-of-one", weight }, two: { key: "key-of-two" } };
  const config = processConfig({ url, store, api: { quotas, routes, timeouts: { headers } } });
  return stringify({ ...config, consumers, ...extra });
}

/** Clients in a closed loop: half of what they ask for may be stored, one in ten is a write. */
function clients(base: string, count: number) {
  const statuses = new Map<number | string, number>();
  const stopping = new AbortController();
  const loops = Array.from({ length: count }, async (_, index) => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const path = turn % 2 === 0 ? `/ticket/${turn % 7}` : `/invoice/${turn % 50}`;
      const key = index % 2 === 0 ? "key-of-one" : "key-of-two";
      const method = turn % 10 === 9 ? "PUT" : "GET";
      const body = method === "PUT" ? { body: "{}" } : {};
      const url = `${base}${method === "PUT" ? "/ticket/1" : path}?apikey=${key}`;
      const status = await request(url, { method, ...body }).then(
        async (answer) => {
          await answer.body.dump();
          return answer.statusCode;
        },
        (error: unknown) => String(error),
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  return {
    statuses,
    count: () => [...statuses.values()].reduce((sum, one) => sum + one, 0),
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

function reloadLine(gateway: Instance, wanted: object) {
  return gateway.line((line) => {
    const told = line["reload"] as Record<string, unknown> | undefined;
    return told !== undefined && Object.entries(wanted).every(([name, one]) => told[name] === one);
  });
}

describe("a changed configuration", () => {
  it("is taken over under load without a failed exchange: by the file, a signal and an order", async () => {
    await using simulator = await runSimulator(400, 2000);
    const file = join(folder, "load.yaml");
    write(file, configText(simulator.url, {}));
    await using gateway = runInstance({ script: "src/main.ts", args: ["--config", file] });
    const listening = await gateway.line(({ msg }) => msg === "Sluice listens");
    const [base = ""] = listening["baseUrls"] as string[];
    const admin = String(listening["admin"]);
    const load = clients(base, 40);
    const served = async (least: number): Promise<void> => {
      const before = load.count();
      await expect.poll(() => load.count() - before, { timeout: 20_000 }).toBeGreaterThan(least);
    };
    await served(200);

    write(file, configText(simulator.url, { weight: 9 }));
    const byFile = await reloadLine(gateway, { cause: "file", result: "applied" });
    expect(byFile["reload"]).toMatchObject({ changed: ["consumers.one.weight"] });
    await served(200);

    write(file, "upstreams: { api: { mount: api } }\nunknown: 1\n");
    gateway.child.kill("SIGHUP");
    const refused = await reloadLine(gateway, { cause: "signal", result: "refused" });
    const { problems } = refused["reload"] as { problems: { path: string }[] };
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["upstreams.api.mount", "unknown"]),
    );
    await served(200);

    write(
      file,
      configText(simulator.url, { weight: 9, lifetime: "1ms", limit: 200, headers: "20s" }),
    );
    const order = await request(`${admin}/reload`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const told = (await order.body.json()) as { changed: string[] };
    expect(order.statusCode).toBe(200);
    expect(told.changed).toEqual([
      "upstreams.api.quotas.0.limit",
      "upstreams.api.timeouts.headers",
      "upstreams.api.routes.0.cache.lifetime",
    ]);
    await served(100);

    write(file, configText(simulator.url, { extra: { listen: { port: 1 } } }));
    gateway.child.kill("SIGHUP");
    const restart = await reloadLine(gateway, { cause: "signal", result: "needs-restart" });
    expect(restart["reload"]).toMatchObject({ paths: ["listen.port"] });

    await load.stop();
    expect([...load.statuses.keys()]).toEqual([200]);
    const seen = await simulator.ask<{ violations: number }>("GET", "/seen");
    expect(seen.violations).toBe(0);
    // The old one is still in use: what follows a reload that was refused is judged by it.
    const policy = await request(`${base}/invoice/1?apikey=key-of-one`);
    await policy.body.dump();
    expect(String(policy.headers["ratelimit-policy"])).toContain(`"api";q=200;w=2`);
    const audit = await request(`${admin}/audit`).then(({ body }) => body.json());
    expect(audit).toMatchObject({ entries: [{ action: "reload", result: "done" }] });
    process.stdout.write(`reload under load: ${load.count()} exchanges, 0 failed\n`);
  });
});
