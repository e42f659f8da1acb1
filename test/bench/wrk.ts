import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LOAD_CORE } from "./peers.ts";

/** One run of load. */
export interface LoadOptions {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** A Lua script of wrk that chooses requests. */
  readonly script?: string;
}

/** What a run showed. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Asks for one URL again and again, from the load's core. @throws Error where an answer was not 2xx, or a socket failed. */
export async function load({ url, seconds, connections, script }: LoadOptions): Promise<Load> {
  const scripted = script === undefined ? [] : ["-s", script];
  const shape = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...scripted, url];
  const { stdout } = await promisify(execFile)("taskset", ["-c", LOAD_CORE, "wrk", ...shape]);
  return readWrk(stdout);
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
