/** What a command has around it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Results. */
  readonly out: Output;
  /** Complaints and progress. */
  readonly err: Output;
}

/** A stream that is written to, and whether a person reads it. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** One option of a command. */
export interface Option {
  readonly type: "string" | "boolean";
  /** What its value is called in the help; absent: it has none. */
  readonly value?: string;
  readonly about: string;
  readonly multiple?: boolean;
}

/** The words of one call, as parseArgs() of node:util reads them. */
export interface Given {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/** One command of `sluice`. */
export interface Command {
  readonly name: string;
  /** `explain METHOD PATH`. */
  readonly usage: string;
  readonly about: string;
  /** Words that may follow the name, for the shell's completion. */
  readonly verbs?: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** Each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Resolves with the exit code. @throws CommandFault, ConfigError, StoreFault. */
  run(given: Given, around: Surroundings): Promise<number>;
}

/** The options that several commands have. */
export const SHARED_OPTIONS = {
  config: {
    type: "string",
    value: "FILE",
    about: "the configuration (default config/sluice.yaml)",
  },
  admin: {
    type: "string",
    value: "URL",
    about: "the instance's admin port (default: SLUICE_ADMIN_URL, else from the configuration)",
  },
  json: { type: "boolean", about: "JSON for programs" },
} as const satisfies Readonly<Record<string, Option>>;

/** An option's text; `undefined` where it was not given. */
export function textOf({ options }: Given, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The configuration file that a call is about. */
export function fileOf(given: Given): string {
  return textOf(given, "config") ?? "config/sluice.yaml";
}

/** Prints a result for programs. */
export function printJson({ out }: Pick<Surroundings, "out">, value: unknown): void {
  out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
