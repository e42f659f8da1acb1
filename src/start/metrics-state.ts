import { readFileSync } from "node:fs";
import { upstreamState } from "../observe/upstream-state.ts";
import { learnedOf } from "./open-feedback.ts";
import type { Line } from "../line.ts";
import type { Gateway } from "../gateway.ts";
import type { UpstreamState } from "../observe/instance-metrics.ts";
import type { Build, Exposition, Metrics } from "../observe/metrics.ts";
import type { Recorder } from "../observe/recorder.ts";
import type { WatchedLedger } from "../observe/watched-ledger.ts";
import type { Stores } from "../ports/stores.ts";

/** What the state of an instance is gathered from. */
export interface StateParts {
  readonly gateway: Pick<Gateway, "draining">;
  readonly stores: Pick<Stores, "cache">;
  readonly recorder: Pick<Recorder, "accounts">;
  readonly lines: ReadonlyMap<string, Line>;
  readonly ledgers: ReadonlyMap<string, WatchedLedger>;
}

/** What a scrape is told: what was counted, and what the instance does at present. Asks each ledger once. */
export async function scrape(metrics: Metrics, parts: StateParts): Promise<Exposition> {
  const { gateway, stores, recorder, lines, ledgers } = parts;
  const upstreams = await Promise.all(
    [...lines].map(([name, line]) => stateOf(line, ledgers.get(name))),
  );
  return metrics.scrape({
    draining: gateway.draining,
    near: stores.cache.near,
    accounts: recorder.accounts.outlook,
    upstreams,
  });
}

/** What runs here, from the package's own file. */
export function buildOf(): Build {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const manifest: unknown = JSON.parse(text);
  const told = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return { version: told ? String(manifest.version) : "", node: process.version };
}

async function stateOf(line: Line, ledger: WatchedLedger | undefined): Promise<UpstreamState> {
  const outlook = await ledger?.look();
  const { pauses = 0, pausedForMs = 0 } = ledger ?? {};
  const { upstream, scheduler, circuit } = line;
  const { quotas } = learnedOf(line);
  const heard = { ...scheduler.load, circuit, pauses, pausedForMs, outlook };
  return upstreamState({ name: upstream.name, quotas, ...heard });
}
