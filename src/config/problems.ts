/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** `upstreams.clientexec.quotas.0.limit`; `""` where the whole file is meant. */
  readonly path: string;
  /** What stands there, never a secret; absent where that would say nothing. */
  readonly found?: string;
  readonly problem: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(`${file} has ${problems.length} problem(s).`);
    this.name = "ConfigError";
    this.file = file;
    this.problems = problems;
  }
}

/** Names under which secrets stand; what is found there is not shown. */
const SECRET = /(?:^|\.)(?:key|value|token|redis|password)$/;

/** What a text looks like that could be an address with a password or a key in it. */
const ADDRESS = /[@?#=]/;

/** What was found, for people; of what is, holds or could hold a secret no more than its kind. */
export function shown(path: string, value: unknown): { found?: string } {
  if (value === undefined) return {};
  if (SECRET.test(path)) return { found: "(a secret)" };
  if (typeof value === "object" && value !== null) return { found: kindOf(value) };
  if (typeof value === "string" && ADDRESS.test(value)) return { found: "(a text, not shown)" };
  const text = JSON.stringify(value);
  return { found: text.length > 80 ? `${text.slice(0, 77)}...` : text };
}

/** What sort of thing stands there, and nothing of it. */
export function kindOf(value: unknown): string {
  if (value === null) return "(nothing)";
  if (Array.isArray(value)) return "(a list)";
  if (typeof value === "object") return "(a mapping)";
  return typeof value === "string" ? "(a text)" : `(a ${typeof value})`;
}
