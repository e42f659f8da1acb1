import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { loadSettings } from "../../src/config/load.ts";
import type { Settings } from "../../src/ports/settings.ts";
import { start, type Running } from "../../src/start/instance.ts";
import { startServices } from "../simulator/demo-services.ts";
import { startSimulator, type Simulator } from "../simulator/simulator.ts";

const KEY = "DEMO-APP-KEY-0001";

/** The demo's gateway under the demo's load, in this process. */
export interface DemoWorld extends AsyncDisposable {
  readonly gateway: Running;
  readonly simulator: Simulator;
  /** The audit's entries, newest first. */
  audit(token?: string): Promise<readonly { action: string; result: string; order: object }[]>;
}

/** Starts simulator, gateway and services. `admin`: how its admin port differs. */
export async function startDemo(admin: Partial<Settings["admin"]> = {}): Promise<DemoWorld> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-browser-"));
  const simulator = await startSimulator({ limit: 20, windowMs: 6000, key: KEY, latencyMs: 30 });
  const settings = loadSettings({
    file: "config/demo.yaml",
    environment: {
      ...process.env,
      DEMO_FOLDER: folder,
      SLUICE_UPSTREAM_URL: simulator.url,
      SLUICE_APP_KEY: KEY,
    },
  });
  const changed = { ...settings, drainMs: 100, admin: { ...settings.admin, ...admin } };
  const gateway = await start(changed, pino({ level: "silent" }));
  const services = startServices(`${gateway.url}/api`);
  return {
    gateway,
    simulator,
    async audit(token = "") {
      const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`${gateway.adminUrl}/audit`, { headers });
      const { entries } = (await answer.json()) as {
        entries: { action: string; result: string; order: object }[];
      };
      return entries;
    },
    async [Symbol.asyncDispose]() {
      const left = services.stop();
      await gateway.stop();
      await left;
      await simulator.close();
      rmSync(folder, { recursive: true });
    },
  };
}
