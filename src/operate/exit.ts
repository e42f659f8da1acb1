import { describeProblems } from "../config/describe-problems.ts";
import { ConfigError } from "../config/problems.ts";
import { StoreFault } from "../ports/faults.ts";

/**
 * With what the process ends, as in sysexits.h: all is well; something unforeseen; the command was not understood; the
 * order was understood and refused; a service that is needed does not answer; the token is missing or wrong; the
 * configuration is at fault.
 */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 64,
  refused: 65,
  unavailable: 69,
  forbidden: 77,
  config: 78,
} as const;

/** A command that could not be carried out, with what its user can do about it. */
export class CommandFault extends Error {
  readonly exit: keyof typeof EXIT;

  constructor(exit: keyof typeof EXIT, message: string) {
    super(message);
    this.name = "CommandFault";
    this.exit = exit;
  }
}

/** What went wrong, and what to do about it. */
export function startText(error: unknown): string {
  if (error instanceof ConfigError) return describeProblems(error);
  if (error instanceof CommandFault) return error.message;
  if (error instanceof StoreFault)
    return `${error.message}\nSluice does not start without its store. See that store.redis (REDIS_URL) names one within reach; where it is empty, store.file is the store.`;
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL")
    return `${message}\nSluice cannot listen there. Set listen and admin to addresses and ports that are free (SLUICE_PORT, SLUICE_ADMIN_PORT).`;
  return String(error);
}

/** With what the process ends after it. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.config;
  if (error instanceof CommandFault) return EXIT[error.exit];
  return error instanceof StoreFault ? EXIT.unavailable : EXIT.failure;
}

/** True for what parseArgs() of node:util does not understand. */
export function isUsage(error: unknown): error is Error {
  const { code } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return code?.startsWith("ERR_PARSE_ARGS") === true;
}
