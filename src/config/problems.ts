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

/** What was found, for people; nothing of it where the path names a secret. */
export function shown(path: string, value: unknown): { found?: string } {
  if (value === undefined) return {};
  if (SECRET.test(path)) return { found: "(a secret)" };
  const text = JSON.stringify(value);
  return { found: text.length > 80 ? `${text.slice(0, 77)}...` : text };
}
