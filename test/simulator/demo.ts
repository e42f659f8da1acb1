import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { loadSettings } from "../../src/config/load.ts";
import { start, type Running } from "../../src/start/instance.ts";
import { startOperator, startServices } from "./demo-services.ts";
import { legend, summary, type DemoState } from "./demo-summary.ts";
import { startSimulator } from "./simulator.ts";

/*
 * The demo: a simulator of the upstream that enforces 20 requests in any 6 s, one gateway on the embedded
 * store, five services that together ask for far more, and an operator who purges now and then. Ctrl-C ends
 * it; `--seconds N` ends it by itself.
 */

const APP_KEY = "DEMO-APP-KEY-0001";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "0" } } });
  const folder = mkdtempSync(join(tmpdir(), "sluice-demo-"));
  const simulator = await startSimulator({
    limit: 20,
    windowMs: 6000,
    key: APP_KEY,
    latencyMs: 30,
  });
  const settings = loadSettings({
    file: "config/demo.yaml",
    environment: {
      ...process.env,
      DEMO_FOLDER: folder,
      SLUICE_UPSTREAM_URL: simulator.url,
      SLUICE_APP_KEY: APP_KEY,
    },
  });
  const gateway = await start(settings, pino({ level: "silent" }));
  introduce(gateway, simulator.url);
  const services = startServices(`${gateway.url}/api`);
  const operator = startOperator(gateway.adminUrl);
  const began = performance.now();
  const state = (): DemoState => ({
    seconds: (performance.now() - began) / 1000,
    status: gateway.status(),
    arrivals: simulator.arrivals().length,
    violations: simulator.violations(),
    worst: simulator.worstWindow(),
    purges: operator.purges,
  });
  const print = printer(process.stdout.isTTY);
  const timer = setInterval(() => print(summary(state())), process.stdout.isTTY ? 500 : 2000);
  await ended(Number(values.seconds));
  clearInterval(timer);
  print(summary(state()));
  process.stdout.write("Ending: what waits is finished, or refused after ten seconds.\n");
  operator.stop();
  const left = services.stop();
  await gateway.stop();
  await left;
  const { violations, worst } = state();
  await simulator.close();
  rmSync(folder, { recursive: true });
  process.stdout.write(
    `Ended. The upstream saw ${violations} violations; its fullest window held ${worst} of 20.\n`,
  );
  process.exitCode = violations === 0 ? 0 : 1;
}

function introduce({ url, adminUrl }: Running, upstreamUrl: string): void {
  const example = `curl -i '${url}/api/ticket/1?apikey=demo-key-portal'`;
  const lines = [
    "Sluice demo",
    `  upstream   ${upstreamUrl}  (a simulator: 20 requests in any 6 s, beyond that 429)`,
    `  base URL   ${url}/api  (try: ${example})`,
    `  dashboard  ${adminUrl}/`,
    `  status     ${adminUrl}/status`,
    `  purge      curl ${adminUrl}/purge -H 'Content-Type: application/json' -d '{"group":"tickets"}'`,
    "  Ctrl-C ends it.",
    "",
    "The columns:",
    ...legend(),
  ];
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

/** On a terminal the picture stays in its place; in a file each one follows the last. */
function printer(inPlace: boolean): (lines: readonly string[]) => void {
  let printed = 0;
  return (lines) => {
    if (inPlace && printed > 0) process.stdout.write(`\u001B[${printed}A\u001B[0J`);
    process.stdout.write(`${lines.join("\n")}\n`);
    printed = lines.length;
  };
}

/** Resolves on Ctrl-C, on SIGTERM or after the given time; 0: only on a signal. */
function ended(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
    if (seconds > 0) setTimeout(resolve, seconds * 1000);
  });
}

await main();
