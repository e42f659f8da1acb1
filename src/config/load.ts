import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { crossChecks } from "./cross-checks.ts";
import { interpolate } from "./interpolate.ts";
import { ConfigError, type ConfigProblem } from "./problems.ts";
import { resolveUpstream } from "./resolve-upstream.ts";
import { configSchema, type Written } from "./schema.ts";
import { schemaProblems } from "./schema-problems.ts";
import { faultyParts, soundParts } from "./sound-parts.ts";
import { presetSchema, type WrittenPreset } from "./upstream-schema.ts";
import type { Settings } from "../ports/settings.ts";

/** Which configuration is loaded. */
export interface LoadOptions {
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads, fills in and checks a configuration file.
 * @throws ConfigError with every problem that could be found.
 */
export function loadSettings({ file, environment }: LoadOptions): Settings {
  const problems: ConfigProblem[] = [];
  const document = readYaml(file, problems);
  if (problems.length > 0) throw new ConfigError(file, problems);
  const { value, problems: unset } = interpolate(document ?? {}, environment);
  const read = configSchema.safeParse(value);
  const issues = read.success ? [] : read.error.issues;
  problems.push(...schemaProblems(issues, value));
  const faulty = faultyParts(issues.map(pathOf));
  const sound = read.success ? read : configSchema.safeParse(soundParts(value, faulty));
  const settings = sound.success ? resolve(sound.data, file, problems) : undefined;
  if (settings) problems.push(...crossChecks(settings, faulty));
  const all = [...unset, ...toldOnce(problems, unset)];
  if (all.length > 0 || !settings) throw new ConfigError(file, all);
  return settings;
}

/** Where an issue stands; an unknown name stands in what it is a member of. */
function pathOf(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  const [unknown] = issue.code === "unrecognized_keys" ? issue.keys : [];
  return unknown === undefined ? issue.path : [...issue.path, unknown];
}

/** A variable that is not set is told once, and not again as a value of the wrong form. */
function toldOnce(
  problems: readonly ConfigProblem[],
  unset: readonly ConfigProblem[],
): ConfigProblem[] {
  const paths = new Set(unset.map(({ path }) => path));
  return problems.filter(({ path }) => !paths.has(path));
}

function readYaml(file: string, problems: ConfigProblem[]): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const remedy = "Name a file that exists: --config FILE.";
    problems.push({ path: "", problem: `The file cannot be read: ${String(error)}`, remedy });
    return undefined;
  }
  const document = parseDocument(text, { prettyErrors: true });
  for (const { message, linePos } of document.errors) {
    const where = linePos ? ` at line ${linePos[0].line}, column ${linePos[0].col}` : "";
    problems.push({
      path: "",
      problem: `This is not YAML: ${wordsOf(message)}${where}`,
      remedy: "Mend the line named.",
    });
  }
  if (problems.length > 0) return undefined;
  try {
    return document.toJS();
  } catch (error) {
    const problem = `An alias cannot be followed: ${wordsOf(String(error))}`;
    problems.push({ path: "", problem, remedy: "Quote texts that begin with *." });
    return undefined;
  }
}

/** What a message of the parser says without the lines and tokens that it quotes: they may hold a secret. */
function wordsOf(message: string): string {
  return message.replace(/^\w*Error: /, "").split(/: |:\n| at line /)[0] ?? "";
}

function resolve(written: Written, file: string, problems: ConfigProblem[]): Settings {
  const { listen, limits, workers, drain, acceptAppKeyAs } = written;
  const { publicUrl, ...address } = listen;
  const upstreams = Object.entries(written.upstreams).map(([name, one]) => {
    const preset = one.preset === undefined ? NO_PRESET : readPreset(one.preset, name, problems);
    return resolveUpstream(one, { name, file, preset, problems });
  });
  const { head, ...bounds } = limits;
  return {
    listen: { ...address, ...(publicUrl === undefined ? {} : { publicUrl }) },
    admin: written.admin,
    workers: workers === "auto" ? availableParallelism() : workers,
    store: written.store,
    open: written.open,
    drainMs: drain,
    limits: { ...bounds, headMs: head },
    log: written.log,
    upstreams,
    consumers: Object.entries(written.consumers).map(
      ([name, { maxWait, cap, allow, ...rest }]) => ({
        name,
        ...rest,
        allow: allow.map(({ pattern }) => pattern),
        ...(cap === undefined ? {} : { cap: { limit: cap.limit, windowMs: cap.window } }),
        ...(maxWait === undefined ? {} : { maxWaitMs: maxWait }),
      }),
    ),
    ...(acceptAppKeyAs === undefined ? {} : { acceptAppKeyAs }),
  };
}

const NO_PRESET: WrittenPreset = { keys: [], routes: [] };
const PRESETS = new URL("../../config/presets/", import.meta.url);

function readPreset(name: string, upstream: string, problems: ConfigProblem[]): WrittenPreset {
  const path = `upstreams.${upstream}.preset`;
  if (!/^[\w-]+$/.test(name)) {
    problems.push({ path, found: name, problem: "is not the name of a preset" });
    return NO_PRESET;
  }
  try {
    const text = readFileSync(new URL(`${name}.yaml`, PRESETS), "utf8");
    return presetSchema.parse(parseDocument(text).toJS());
  } catch (error) {
    const names = presetNames();
    const problem = names.includes(name) ? `cannot be used: ${String(error)}` : "is no preset";
    problems.push({ path, found: name, problem, remedy: `Presets: ${names.join(", ")}.` });
    return NO_PRESET;
  }
}

/** Presets are the files of config/presets/, named without their ending. */
function presetNames(): string[] {
  return readdirSync(PRESETS)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .toSorted();
}
