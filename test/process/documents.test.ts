import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { loadSettings } from "../../src/config/load.ts";
import { repositoryFile, repositoryPath } from "../deploy/repository-file.ts";
import { blocksOf, missingLines, type Block } from "../docs/page-blocks.ts";
import { program } from "../support/program.ts";

/*
 * The tutorial and the how-tos, as their readers follow them; docs/README.md says what a block's fence means.
 */

const PAGES = [
  "docs/tutorial.md",
  ...readdirSync(repositoryPath("docs/how-to")).map((name) => `docs/how-to/${name}`),
];
const PORTS = ["8080", "8081", "9000", "9001"];
const LISTENS = /Sluice listens|"controlUrl"/;
const scratch = mkdtempSync(join(tmpdir(), "sluice-documents-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A folder that looks like the repository to commands, and what they write stays in it. */
function folderOf(): string {
  const folder = mkdtempSync(join(scratch, "page-"));
  for (const name of ["src", "test", "node_modules"]) {
    symlinkSync(repositoryPath(name), join(folder, name));
  }
  for (const name of ["config", "package.json"]) {
    cpSync(repositoryPath(name), join(folder, name), { recursive: true });
  }
  return folder;
}

async function freePorts(): Promise<Map<string, string>> {
  const servers = PORTS.map(() => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => String((server.address() as AddressInfo).port));
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return new Map(PORTS.map((written, index) => [written, ports[index] ?? ""]));
}

/** A reader's shell: the folder, and the ports that stand for those of the page. */
class Reader implements AsyncDisposable {
  readonly #folder = folderOf();
  readonly #ports: Map<string, string>;
  readonly #servers: ChildProcess[] = [];

  constructor(ports: Map<string, string>) {
    this.#ports = ports;
  }

  /** Everything that the block wrote. @throws where it does not end with 0. */
  async run(body: string): Promise<string> {
    const child = this.#spawn(`set -euo pipefail\n${body}`);
    const output = collect(child);
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`It ended with ${code}:\n${body}\n${output.text}`);
    return output.text;
  }

  /** Resolves when it listens. @throws where it ends before. */
  async serve(body: string): Promise<void> {
    const child = this.#spawn(`exec ${body}`);
    this.#servers.push(child);
    const output = collect(child);
    const listening = new Promise<void>((resolve, reject) => {
      child.stdout?.on("data", () => LISTENS.test(output.text) && resolve());
      child.once("exit", () => reject(new Error(`It ended:\n${body}\n${output.text}`)));
    });
    await listening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#servers) {
      const gone = once(child, "close");
      // npm and what it started are one group.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await gone;
    }
  }

  #spawn(script: string): ChildProcess {
    const local = script.replaceAll(
      /\b(?:8080|8081|9000|9001)\b/g,
      (port) => this.#ports.get(port) ?? port,
    );
    const path = [repositoryPath("node_modules/.bin"), process.env["PATH"]].join(delimiter);
    return spawn("bash", ["-c", local], {
      cwd: this.#folder,
      detached: true,
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}

function collect(child: ChildProcess): { text: string } {
  const output = { text: "" };
  const add = (chunk: Buffer): void => {
    output.text += chunk.toString();
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  return output;
}

/** Follows a page. Lines of its expected outputs that did not come. */
async function follow(blocks: readonly Block[]): Promise<string[]> {
  await using reader = new Reader(await freePorts());
  const missing: string[] = [];
  let output = "";
  for (const { info, body } of blocks) {
    if (info === "sh server") await reader.serve(body);
    else if (info === "sh") output = await reader.run(body);
    else if (info === "text")
      missing.push(...missingLines(body, output).map((line) => `${line}\n--- in ---\n${output}`));
  }
  return missing;
}

/** The settings of a block, beside an upstream where it has none. */
function configOf(body: string): object {
  const upstream = {
    mount: "/api",
    url: "https://api.example",
    quotas: [{ limit: 1, window: "9s" }],
  };
  return { upstreams: { api: upstream }, ...(parse(body) as object) };
}

function variablesOf(body: string): Record<string, string> {
  const names = [...body.matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => name);
  return Object.fromEntries(names.map((name) => [name, `value-of-${name}`]));
}

const read = PAGES.map((page) => [page, blocksOf(repositoryFile(page))] as const);
const withCommands = read.filter(([, blocks]) => blocks.some(({ info }) => info === "sh"));
const withSettings = read.flatMap(([page, blocks]) =>
  blocks.filter(({ info }) => info === "yaml").map(({ body }) => [page, body] as const),
);

describe("the commands of", () => {
  it.each(withCommands)("%s work and show what the page says", async (_page, blocks) => {
    await program("curl", "curl");
    await program("python3", "python3-minimal");
    expect(await follow(blocks)).toEqual([]);
  });
});

describe("the settings of", () => {
  it.each(withSettings)("%s can be loaded: %s", (_page, body) => {
    const file = join(scratch, "settings.yaml");
    writeFileSync(file, stringify(configOf(body)));
    expect(loadSettings({ file, environment: variablesOf(body) }).upstreams).not.toEqual([]);
  });
});
