import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import {
  KINDS,
  compare,
  scoresOf,
  table,
  type Ratchet,
  type Results,
  type Scores,
  type SuiteTest,
} from "./score.ts";
import { runInstance } from "../support/instance.ts";

/*
 * Runs the public cache tests against Sluice, once a profile of config/profiles/. The suite has a server
 * (the origin) and a client; Sluice stands between them, as a process of its own on the embedded store.
 *
 *   npm run test:conformance                      both profiles; ends with 1 where passes were lost
 *   npm run test:conformance -- --profile default
 *   npm run test:conformance -- --id freshness-none    one test, its requests and answers shown
 */

const SUITE = fileURLToPath(new URL(".", import.meta.resolve("http-cache-tests/cli.mjs")));
const SCORES = new URL("scores.json", import.meta.url);
const PROFILES = ["conformance", "default"] as const;

interface Suite {
  readonly tests: readonly SuiteTest[];
}

async function suiteTests(): Promise<SuiteTest[]> {
  const [index, surrogate] = (await Promise.all(
    ["index", "surrogate-control"].map((name) => import(join(SUITE, "tests", `${name}.mjs`))),
  )) as [{ default: Suite[] }, { default: Suite }];
  return [
    ...index.default.flatMap(({ tests }) => tests),
    ...surrogate.default.tests.map((test) => ({ ...test, kind: "surrogate" as const })),
  ];
}

/** Starts the suite's server; its answers are scripted by the client, test by test. */
async function startOrigin(folder: string) {
  const origin = runInstance({
    script: join("node_modules", "http-cache-tests", "server", "server.mjs"),
    preloads: ["test/conformance/bind-loopback.ts"],
    environment: {
      npm_config_protocol: "http",
      npm_config_port: "0",
      npm_config_pidfile: join(folder, "server.pid"),
    },
  });
  const { text } = await origin.line((line) => String(line["text"]).startsWith("Listening on"));
  const url = /http:\S+(?=\/)/.exec(String(text))?.[0] ?? "";
  return { ...origin, url };
}

/** Runs the suite's client before a gateway with one profile; resolves with what it printed. */
async function runClient(profile: string, origin: string, options: { folder: string; id: string }) {
  const folder = join(options.folder, profile);
  mkdirSync(folder);
  await using gateway = runInstance({
    script: "src/main.ts",
    args: ["--config", `config/profiles/${profile}.yaml`],
    environment: { SLUICE_UPSTREAM_URL: origin, SLUICE_FOLDER: folder },
  });
  const { baseUrls } = await gateway.line(({ msg }) => msg === "Sluice listens");
  const base = (baseUrls as string[])[0] ?? "";
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--no-warnings", join(SUITE, "cli.mjs")],
    {
      env: {
        ...process.env,
        npm_config_base: base,
        npm_config_id: options.id,
        npm_package_config_id: options.id,
      },
      maxBuffer: 16_000_000,
      timeout: 300_000,
    },
  );
  return stdout;
}

function resultsIn(output: string): Results {
  return JSON.parse(output.slice(output.indexOf("{"))) as Results;
}

function report(profiles: ReadonlyMap<string, Scores>): { passed: number; lost: number } {
  const ratchets = JSON.parse(readFileSync(SCORES, "utf8")) as Record<string, Ratchet>;
  const sum = { passed: 0, lost: 0 };
  const lines: string[] = [];
  for (const [profile, scores] of profiles) {
    lines.push("", `${profile}, not passed:`);
    // A check has no right answer.
    for (const kind of KINDS.filter((one) => one !== "check")) {
      lines.push(...scores[kind].missing.map((one) => `  ${kind} ${one}`));
    }
    const { lost, notes } = compare(scores, ratchets[profile]);
    lines.push(...notes.map((note) => `${profile}: ${note}`));
    sum.lost += lost;
    sum.passed += KINDS.reduce((passed, kind) => passed + scores[kind].passed, 0);
  }
  process.stdout.write(`${lines.join("\n")}\n\n${table(profiles)}\n`);
  return sum;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { profile: { type: "string" }, id: { type: "string" } },
  });
  const { profile, id = "" } = values;
  const folder = mkdtempSync(join(tmpdir(), "sluice-conformance-"));
  try {
    await using origin = await startOrigin(folder);
    const names = profile === undefined ? PROFILES : [profile];
    const outputs = await Promise.all(
      names.map(async (name) => [name, await runClient(name, origin.url, { folder, id })] as const),
    );
    if (id !== "") {
      process.stdout.write(outputs.map(([name, output]) => `== ${name}\n${output}`).join("\n"));
      return;
    }
    const tests = await suiteTests();
    const profiles = new Map(
      outputs.map(([name, output]) => [name, scoresOf(tests, resultsIn(output))]),
    );
    const { passed, lost } = report(profiles);
    process.stdout.write(`\n${passed} passed, ${lost} failed\n`);
    // Nothing passed at all: whatever was run, it was not the tests.
    if (lost > 0 || passed === 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
