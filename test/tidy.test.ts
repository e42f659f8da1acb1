import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/*
 * The rules of this house that lint cannot say.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const STEPS = ["identify", "lookup", "collapse", "schedule", "forward", "store", "respond"];
/** Wiring and types have no test file of their own: whole exchanges and processes are theirs. */
const UNTESTED = /^src\/(?:main|app)\.ts$|^src\/(?:ports|start)\//;
const TYPES_ONLY = new Set([
  "src/http/stored-response.ts",
  "src/adapters/coherence.ts",
  "src/adapters/redis/commands.ts",
]);

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, to = ""]) =>
    relative(ROOT, resolve(ROOT, dirname(file), to)),
  );
}

const sources = filesIn("src", ".ts");

describe("the house", () => {
  it("has steps that import themselves, http/ and ports/ only", () => {
    const wrong = sources.flatMap((file) => {
      const step = STEPS.find((name) => file.startsWith(`src/${name}/`));
      if (step === undefined) return [];
      const allowed = new RegExp(`^src/(?:${step}|http|ports)/`);
      return importsOf(file)
        .filter((to) => !allowed.test(to))
        .map((to) => `${file} -> ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it("lets start/ alone import adapters", () => {
    const wrong = sources
      .filter((file) => !/^src\/(?:start|adapters)\//.test(file))
      .filter((file) => importsOf(file).some((to) => to.startsWith("src/adapters/")));
    expect(wrong).toEqual([]);
  });

  it("has a path that knows steps, http/, ports/, the record and itself only", () => {
    // Beside the folders of the steps lie the path and its legs; main.ts and app.ts are outside of it.
    const path = /^src\/(?:legs\/)?(?!(?:main|app)\.ts$)[\w-]+\.ts$/;
    const allowed = new RegExp(`^src/(?:${STEPS.join("|")}|http|ports)/`);
    const wrong = sources
      .filter((file) => path.test(file))
      .flatMap((file) => {
        const inside = importsOf(file).filter(
          (to) => !allowed.test(to) && !path.test(to) && to !== "src/observe/access-record.ts",
        );
        const text = readFileSync(join(ROOT, file), "utf8");
        const packages = [...text.matchAll(/from "((?!\.|node:)[^"]+)"/g)].map(([, name]) => name);
        return [...inside, ...packages].map((to) => `${file} -> ${to}`);
      });
    expect(wrong).toEqual([]);
  });

  it("has a test for each source", () => {
    const untested = sources
      .filter((file) => !UNTESTED.test(file) && !TYPES_ONLY.has(file))
      .filter(
        (file) =>
          !existsSync(join(ROOT, file.replace(/^src/, "test").replace(/\.ts$/, ".test.ts"))),
      );
    expect(untested).toEqual([]);
  });

  it("keeps sources to 250 lines, Lua included", () => {
    const long = [...sources, ...filesIn("src", ".lua")].filter(
      (file) => readFileSync(join(ROOT, file), "utf8").split("\n").length > 251,
    );
    expect(long).toEqual([]);
  });

  it("has a doc comment before each export", () => {
    const bare = sources.flatMap((file) => {
      const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
      return lines.flatMap((line, index) =>
        /^export (?!\{|\* )/.test(line) && !lines[index - 1]?.endsWith("*/")
          ? [`${file}:${index + 1}`]
          : [],
      );
    });
    expect(bare).toEqual([]);
  });

  it("has no marks of unfinished work and no switched-off checks", () => {
    // Written apart, so that this file is not found by itself.
    const words = [
      ["TO", "DO"],
      ["FIX", "ME"],
      ["ts-", "ignore"],
      ["ts-expect-", "error"],
      ["lint-", "disable"],
    ];
    const marks = new RegExp(words.map((parts) => parts.join("")).join("|"));
    const marked = [...sources, ...filesIn("test", ".ts"), ...filesIn("src", ".lua")].filter(
      (file) => marks.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(marked).toEqual([]);
  });
});
