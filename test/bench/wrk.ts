import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { isInstalled, LOAD_CORE, pinned } from "./peers.ts";

/** One run of load. */
export interface LoadOptions {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** A Lua script of wrk that chooses requests. */
  readonly script?: string;
}

/** Load of forwards: requests for URLs that nobody has asked for yet, below one. */
export interface DistinctLoad extends Omit<LoadOptions, "script" | "seconds"> {
  /** So many answers, where they come within a minute. */
  readonly count: number;
  /** Not used before. */
  readonly salt: string;
  /** GET where nothing is said. */
  readonly method?: string;
}

/** What a run showed. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Asks for one URL again and again, from the load's core: by wrk, or where that is not installed by a loader of our own.
 * @throws Error where an answer was not 2xx, or a socket failed, or a script is given and wrk is not there.
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, seconds, connections, script } = options;
  if (!isInstalled("wrk")) return loadWithout(options);
  const scripted = script === undefined ? [] : ["-s", script];
  const shape = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...scripted, url];
  return readWrk(await output(["wrk", ...shape]));
}

async function loadWithout({ script, url, seconds, connections }: LoadOptions): Promise<Load> {
  if (script !== undefined) throw new Error("This part needs wrk (apt-get install wrk).");
  return runLoader(["--url", url, "--seconds", `${seconds}`, "--connections", `${connections}`]);
}

/** Asks for a URL that nobody has asked for yet, again and again. @throws Error where an answer was not 200. */
export async function loadDistinct(options: DistinctLoad): Promise<Load & { seconds: number }> {
  const { url, count, connections, salt, method = "GET" } = options;
  const numbers = ["--count", `${count}`, "--seconds", "60", "--connections", `${connections}`];
  return runLoader(["--url", url, ...numbers, "--salt", salt, "--method", method]);
}

async function runLoader(shape: readonly string[]): Promise<Load & { seconds: number }> {
  const loader = fileURLToPath(new URL("loader.ts", import.meta.url));
  const text = await output([process.execPath, loader, ...shape]);
  const { failed, ...shown } = JSON.parse(text) as Load & {
    failed: number;
    seconds: number;
  };
  if (failed > 0) throw new Error(`The load met ${failed} failures.`);
  return shown;
}

async function output(args: readonly string[]): Promise<string> {
  const [program = "", ...rest] = pinned(LOAD_CORE, args);
  const { stdout } = await promisify(execFile)(program, rest);
  return stdout;
}

/** Reads what wrk prints with `--latency`. @throws Error where something failed. */
export function readWrk(text: string): Load {
  const bad = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(text);
  if (bad) throw new Error(`The load met failures: ${bad[0]}`);
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(text) ?? [];
  if (rate === undefined) throw new Error(`wrk said something else: ${text}`);
  return { perSecond: Number(rate), p50Ms: percentile(text, 50), p99Ms: percentile(text, 99) };
}

function percentile(text: string, which: number): number {
  const [, value = "0", unit] =
    new RegExp(`\\s${which}%\\s+([\\d.]+)(us|ms|s)\\b`).exec(text) ?? [];
  const scale = { us: 0.001, ms: 1, s: 1000 }[unit ?? "ms"] ?? 1;
  return Number(value) * scale;
}
