import { describeProblems } from "../config/describe-problems.ts";
import { ConfigError } from "../config/problems.ts";
import { StoreFault } from "../ports/faults.ts";

/** As in sysexits.h: the configuration is at fault; a service that is needed does not answer. */
export const EXIT = { ok: 0, failure: 1, unavailable: 69, config: 78 } as const;

/** What went wrong at the start, and what to do about it. */
export function startText(error: unknown): string {
  if (error instanceof ConfigError) return describeProblems(error);
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL")
    return `${message}\nSluice cannot listen there. Set listen and admin to addresses and ports that are free (SLUICE_PORT, SLUICE_ADMIN_PORT).`;
  if (code?.startsWith("ERR_PARSE_ARGS")) return `${message}\nUsage: npm start -- --config FILE`;
  return String(error);
}

/** With what the process ends after it. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.config;
  return error instanceof StoreFault ? EXIT.unavailable : EXIT.failure;
}
