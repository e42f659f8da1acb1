import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseDocument } from "yaml";
import { crossChecks } from "./cross-checks.ts";
import { interpolate } from "./interpolate.ts";
import { ConfigError, type ConfigProblem } from "./problems.ts";
import { resolveUpstream } from "./resolve-upstream.ts";
import { configSchema, type Written } from "./schema.ts";
import { schemaProblems } from "./schema-problems.ts";
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
  problems.push(...unset);
  const read = configSchema.safeParse(value);
  if (!read.success) {
    const paths = new Set(unset.map(({ path }) => path));
    // A variable that is not set is told once, and not again as a value of the wrong form.
    problems.push(
      ...schemaProblems(read.error.issues, value).filter(({ path }) => !paths.has(path)),
    );
    throw new ConfigError(file, problems);
  }
  const settings = resolve(read.data, file, problems);
  problems.push(...crossChecks(settings));
  if (problems.length > 0) throw new ConfigError(file, problems);
  return settings;
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
  for (const { message } of document.errors) {
    problems.push({
      path: "",
      problem: `This is not YAML: ${message}`,
      remedy: "Mend the line named.",
    });
  }
  return problems.length > 0 ? undefined : document.toJS();
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
    consumers: Object.entries(written.consumers).map(([name, { maxWait, allow, ...rest }]) => ({
      name,
      ...rest,
      allow: allow.map(({ pattern }) => pattern),
      ...(maxWait === undefined ? {} : { maxWaitMs: maxWait }),
    })),
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
    const remedy = "Presets are the files of config/presets/, named without their ending.";
    problems.push({ path, found: name, problem: `cannot be used: ${String(error)}`, remedy });
    return NO_PRESET;
  }
}
