import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A program of this project in a process of its own. */
export interface Instance extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Every line that it printed so far, JSON lines parsed. */
  readonly lines: readonly Record<string, unknown>[];
  /** Resolves with the first line, past or to come, that satisfies the condition. */
  line(wanted: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  /** Sends a signal and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** What it wrote to stderr. */
  errors(): string;
}

/** How a program is run. */
export interface InstanceOptions {
  readonly script: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Modules that run before the program, to disturb its clock or its event loop. */
  readonly preloads?: readonly string[];
}

/** Runs a program of this project. */
export function runInstance(options: InstanceOptions): Instance {
  const { script, args = [], environment = {}, preloads = [] } = options;
  const imports = preloads.flatMap((preload) => ["--import", join(ROOT, preload)]);
  const child = spawn(process.execPath, [...imports, join(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: Record<string, unknown>[] = [];
  const listeners = new Set<() => void>();
  let errors = "";
  createInterface({ input: child.stdout }).on("line", (text) => {
    lines.push(parsed(text));
    for (const listener of listeners) listener();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  return {
    child,
    lines,
    errors: () => errors,
    async line(wanted) {
      const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
      const look = (): void => {
        const found = lines.find((line) => wanted(line));
        if (found) resolve(found);
      };
      listeners.add(look);
      look();
      const ended = exited.then((code) => {
        throw new Error(`${script} ended with ${code} before it said so: ${errors}`);
      });
      ended.catch(() => {});
      try {
        return await Promise.race([promise, ended]);
      } finally {
        listeners.delete(look);
      }
    },
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** A gateway in a process of its own. */
export interface GatewayProcess extends Instance {
  readonly url: string;
  readonly adminUrl: string;
}

/** Starts a gateway with a configuration, as YAML would hold it, and waits until it listens. */
export async function runGateway(
  config: object,
  options: Omit<InstanceOptions, "script" | "args"> = {},
): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-config-"));
  const file = join(folder, "sluice.yaml");
  writeFileSync(file, stringify(config));
  const instance = runInstance({ ...options, script: "src/main.ts", args: ["--config", file] });
  const listening = await instance.line(({ msg }) => msg === "Sluice listens");
  rmSync(folder, { recursive: true });
  const [base] = listening["baseUrls"] as string[];
  return { ...instance, url: base ?? "", adminUrl: String(listening["admin"]) };
}

/** A simulator in a process of its own, so that no load of the test delays its clock. */
export interface SimulatorProcess extends Instance {
  readonly url: string;
  readonly controlUrl: string;
  /** Asks the control port. */
  ask<Answer>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer>;
}

/** Starts a simulator that enforces `limit` in any rolling `windowMs`. */
export async function runSimulator(limit: number, windowMs: number): Promise<SimulatorProcess> {
  const args = ["--limit", String(limit), "--window", String(windowMs)];
  const instance = runInstance({ script: "test/simulator/main.ts", args });
  const said = await instance.line(({ url }) => url !== undefined);
  const controlUrl = String(said["controlUrl"]);
  return {
    ...instance,
    url: String(said["url"]),
    controlUrl,
    async ask<Answer>(method: "GET" | "POST", path: string, body?: unknown) {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${controlUrl}${path}`, { method, ...content });
      return (await response.json()) as Answer;
    },
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
