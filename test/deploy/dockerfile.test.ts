import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { repositoryFile, repositoryPath } from "./repository-file.ts";

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly steps: string[];
}

/** The stages with their instructions: comments dropped, continued lines joined. */
function stagesOf(text: string): readonly Stage[] {
  const stages: Stage[] = [];
  const lines = text.replaceAll(/^#.*\n/gmv, "").replaceAll(/\s*\\\n\s*/gv, " ");
  for (const line of lines.split("\n").filter((one) => one.trim() !== "")) {
    const [, from, name] = /^FROM (\S+) AS (\S+)$/v.exec(line) ?? [];
    if (from !== undefined && name !== undefined) stages.push({ name, from, steps: [] });
    else stages.at(-1)?.steps.push(line);
  }
  return stages;
}

const stages = stagesOf(repositoryFile("Dockerfile"));

function stage(name: string): Stage {
  const found = stages.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no stage ${name}.`);
  return found;
}

/** All instructions that make an image, those of the stages below it first. */
function recipe(name: string): readonly string[] {
  const { from, steps } = stage(name);
  return stages.some((one) => one.name === from) ? [...recipe(from), ...steps] : steps;
}

/** The words of an instruction in exec form. */
function execForm(steps: readonly string[], instruction: string): readonly string[] {
  const step = steps.findLast((one) => one.startsWith(`${instruction} `));
  return JSON.parse(step?.slice(instruction.length + 1) ?? "null") as readonly string[];
}

describe("Dockerfile", () => {
  it("builds on the version of Node that the tests run on", () => {
    const { devDependencies } = JSON.parse(repositoryFile("package.json")) as {
      devDependencies: Record<string, string>;
    };
    const outside = stages
      .map(({ from }) => from)
      .filter((from) => !stages.some(({ name }) => name === from));
    expect(new Set(outside)).toEqual(new Set([`node:${devDependencies["node"]}-slim`]));
  });

  it("installs what production needs and nothing else", () => {
    const installs = stages.flatMap(({ steps }) => steps).filter((step) => step.startsWith("RUN"));
    expect(installs).toEqual(["RUN npm ci --omit=dev --ignore-scripts"]);
  });

  it("makes the gateway the image that a build without a target gives", () => {
    expect(stages.at(-1)?.name).toBe("sluice");
  });

  it("copies into the gateway its own source and configuration only", () => {
    const copies = recipe("sluice").filter((step) => step.startsWith("COPY"));
    expect(copies).toEqual([
      "COPY --from=dependencies /app/node_modules ./node_modules",
      "COPY package.json LICENSE ./",
      "COPY src ./src",
      "COPY config ./config",
    ]);
  });

  it("runs as somebody who owns none of it", () => {
    for (const name of ["sluice", "simulator"]) {
      const users = recipe(name).filter((step) => step.startsWith("USER"));
      expect(users).toEqual(["USER node"]);
    }
    expect(stages.flatMap(({ steps }) => steps).join("\n")).not.toMatch(/--chown|chmod|chown/v);
  });

  it("starts node itself, so that SIGTERM arrives", () => {
    const command = execForm(recipe("sluice"), "CMD");
    expect(command).toEqual([
      "node",
      "--max-semi-space-size=4",
      "src/sluice.js",
      "--config",
      "config/team.yaml",
    ]);
    expect(execForm(recipe("simulator"), "CMD").slice(0, 2)).toEqual([
      "node",
      "test/simulator/main.ts",
    ]);
    expect(recipe("sluice").join("\n")).not.toMatch(/^ENTRYPOINT/mv);
  });

  it("asks the admin port whether the instance is ready", () => {
    const check = recipe("sluice").find((step) => step.startsWith("HEALTHCHECK")) ?? "";
    const words = JSON.parse(check.slice(check.indexOf("["))) as readonly string[];
    expect(words.slice(0, 2)).toEqual(["node", "-e"]);
    expect(words[2]).toContain("fetch('http://127.0.0.1:8081/readyz')");
  });

  it("keeps the compile cache where a read-only container may write", () => {
    expect(recipe("sluice").join("\n")).toMatch(/NODE_COMPILE_CACHE=\/tmp\//v);
    expect(recipe("sluice").join("\n")).toMatch(/NODE_ENV=production/v);
  });
});

describe(".dockerignore", () => {
  it("lets in what is copied, and nothing else", () => {
    const lines = repositoryFile(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const copied = stages
      .flatMap(({ steps }) => steps)
      .filter((step) => step.startsWith("COPY") && !step.includes("--from="))
      .flatMap((step) => step.split(" ").slice(1, -1));
    expect(lines[0]).toBe("*");
    expect(new Set(lines.slice(1))).toEqual(new Set(copied.map((path) => `!${path}`)));
    expect(copied.filter((path) => !existsSync(repositoryPath(path)))).toEqual([]);
  });
});
