import { expect } from "vitest";
import { closedLoop, type Callers } from "./closed-loop.ts";
import { longestSilence, worstWindow } from "./ledger-world.ts";
import { processConfig } from "./process-config.ts";
import { runSimulator, type GatewayProcess, type SimulatorProcess } from "./instance.ts";

/** What one run under load came to. */
export interface Trial {
  readonly violations: number;
  readonly worst: number;
  /** Share of `limit * window / (window + pad)` that was used, first window aside. */
  readonly use: number;
  /** Between two departures, first window aside. */
  readonly silenceMs: number;
  readonly arrivals: number;
  readonly stallMs: number;
  readonly answers: Readonly<Record<string, number>>;
}

/** The quota of a trial and its length. */
export interface TrialTerms {
  readonly limit: number;
  readonly windowMs: number;
  readonly padMs: number;
  /** Windows under load after the first. */
  readonly windows: number;
}

/** Forty callers in five services, of very different appetite. */
const SERVICES: readonly Callers[] = [
  { consumer: "reports", count: 20 },
  { consumer: "sync", count: 10 },
  { consumer: "portal", count: 6 },
  { consumer: "mailer", count: 3, pauseMs: 50 },
  { consumer: "watch", count: 1, pauseMs: 200 },
];

/** A gateway's configuration before a simulator, without any route. */
export function trialConfig(url: string, terms: TrialTerms, store: object): object {
  const { limit, windowMs, padMs } = terms;
  const api = {
    quotas: [{ limit, window: `${windowMs}ms`, pad: `${padMs}ms` }],
    unlistedGets: "forward",
    queue: { maxWait: "60s", maxLength: 1000 },
  };
  return processConfig({ url, store, api });
}

/**
 * Runs gateways under a closed loop before a simulator in a process of its own. A run in which the
 * simulator itself was stalled for longer than half the pad says nothing and is repeated, at most twice.
 */
async function quotaTrial(
  terms: TrialTerms,
  open: (simulator: SimulatorProcess) => Promise<GatewayProcess[]>,
): Promise<Trial> {
  for (let attempt = 1; ; attempt += 1) {
    const trial = await oneTrial(terms, open);
    if (trial.stallMs <= terms.padMs / 2) return trial;
    if (attempt === 3)
      throw new Error(`The simulator was stalled for ${trial.stallMs} ms, thrice.`);
  }
}

async function oneTrial(
  { limit, windowMs, padMs, windows }: TrialTerms,
  open: (simulator: SimulatorProcess) => Promise<GatewayProcess[]>,
): Promise<Trial> {
  await using simulator = await runSimulator(limit, windowMs);
  await using stack = new AsyncDisposableStack();
  const gateways = await open(simulator);
  for (const gateway of gateways) stack.use(gateway);
  const loop = closedLoop(
    gateways.map(({ url }) => url),
    SERVICES,
  );
  const spanMs = windowMs + padMs;
  const first = await firstArrival(simulator);
  const end = first.atMs + spanMs * (windows + 1);
  let arrivals = first.all;
  while ((arrivals.at(-1)?.atMs ?? 0) <= end) {
    await delay(200);
    arrivals = await arrivalsOf(simulator);
  }
  const seen = await simulator.ask<{ violations: number; longestStallMs: number }>("GET", "/seen");
  await Promise.all(gateways.map((gateway) => gateway.stop("SIGKILL")));
  await loop.stop();
  const at = arrivals.map(({ atMs }) => atMs);
  const steady = at.filter((one) => one > first.atMs + spanMs && one <= end);
  return {
    violations: seen.violations,
    worst: worstWindow(at, windowMs),
    use: steady.length / (limit * windows),
    silenceMs: longestSilence(steady),
    arrivals: at.length,
    stallMs: seen.longestStallMs,
    answers: Object.fromEntries(loop.answers),
  };
}

interface Arrived {
  readonly atMs: number;
}

async function arrivalsOf(simulator: SimulatorProcess): Promise<Arrived[]> {
  return simulator.ask<Arrived[]>("GET", "/arrivals");
}

async function firstArrival(simulator: SimulatorProcess) {
  for (;;) {
    const all = await arrivalsOf(simulator);
    if (all[0]) return { atMs: all[0].atMs, all };
    await delay(50);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/**
 * Runs trials until one uses the quota as it should, three at most, and holds each of them against the promise: a
 * machine that has other work to do can take use away, but a promise that was broken once is broken.
 */
export async function expectKept(
  terms: TrialTerms,
  open: (simulator: SimulatorProcess) => Promise<GatewayProcess[]>,
  use = 0.98,
): Promise<Trial> {
  for (let attempt = 1; ; attempt += 1) {
    const trial = await quotaTrial(terms, open);
    expect(trial).toMatchObject({ violations: 0 });
    expect(trial.worst).toBeLessThanOrEqual(terms.limit);
    if (trial.use >= use && trial.silenceMs < 1500) return trial;
    if (attempt < 3) continue;
    expect(trial.use).toBeGreaterThanOrEqual(use);
    expect(trial.silenceMs).toBeLessThan(1500);
  }
}
