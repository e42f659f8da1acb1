import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repositoryFile, repositoryPath } from "./repository-file.ts";

const run = promisify(execFile);

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }>
  >;
}

interface BillOfMaterials {
  readonly components: readonly { readonly group?: string; readonly name: string }[];
}

describe(".github/workflows/ci.yml", () => {
  const workflow = parse(repositoryFile(".github/workflows/ci.yml")) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it("runs .ci/run and nothing else, on pushes and pull requests, and may only read", () => {
    expect(Object.keys(workflow.on)).toEqual(["push", "pull_request"]);
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(steps.flatMap(({ run: command }) => command ?? [])).toEqual(["bash .ci/run"]);
  });

  it("pins every action to a commit", () => {
    const uses = steps.flatMap((step) => step.uses ?? []);
    expect(uses).not.toEqual([]);
    expect(uses.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });
});

describe("docker-bake.hcl", () => {
  const bake = repositoryFile("docker-bake.hcl");
  const stages = [...repositoryFile("Dockerfile").matchAll(/^FROM \S+ AS (\S+)$/gm)];

  it("builds stages that the Dockerfile has, for both architectures", () => {
    const built = [...bake.matchAll(/^ {2}target\s+= "(.+)"$/gm)].map(([, stage]) => stage);
    expect(built).toEqual(["sluice", "simulator"]);
    expect(stages.map(([, stage]) => stage)).toEqual(expect.arrayContaining(built));
    expect(bake).toContain('platforms  = ["linux/amd64", "linux/arm64"]');
    const inheriting = bake.match(/inherits = \["common"\]/g);
    expect(inheriting).toHaveLength(built.length);
  });
});

describe("the licence", () => {
  it("is the one that package.json names", () => {
    const { license } = JSON.parse(repositoryFile("package.json")) as { license: string };
    expect(repositoryFile("LICENSE")).toMatch(new RegExp(`^${license} License\n`));
  });
});

describe("npm run sbom", () => {
  it("lists what is shipped and nothing that is only for tests", { timeout: 60_000 }, async () => {
    const { stdout } = await run("npm", ["run", "--silent", "sbom"], {
      cwd: repositoryPath("."),
      maxBuffer: 64_000_000,
    });
    const { components } = JSON.parse(stdout) as BillOfMaterials;
    const listed = components.map(({ group, name }) => (group ? `${group}/${name}` : name));
    const { dependencies, devDependencies } = JSON.parse(repositoryFile("package.json")) as {
      readonly dependencies: Record<string, string>;
      readonly devDependencies: Record<string, string>;
    };
    expect(listed).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(listed.filter((name) => Object.hasOwn(devDependencies, name))).toEqual([]);
  });
});

describe("the root of the repository", () => {
  it("holds source, configuration, tests, documents and what tools look for there", () => {
    const expected = new Set(["config", "docs", "src", "test"]);
    const folders = readdirSync(repositoryPath("."), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .filter((name) => !["node_modules", "data", "coverage"].includes(name));
    expect(new Set(folders)).toEqual(expected);
  });
});
