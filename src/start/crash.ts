import { inspect } from "node:util";
import type { SecretsMask } from "./mask.ts";

/** What an error carries beside its words may be deep: a request, its connection, their settings. */
const DEPTH = 6;

/** An error with its stack, causes and members as text, with every secret overwritten. */
export function crashText(error: unknown, mask: Pick<SecretsMask, "text">): string {
  return mask.text(inspect(error, { depth: DEPTH }));
}

/**
 * From now on an error that nobody catches ends the process as it would have, but what is told of it passes the mask; and a
 * diagnostic report, where one is asked for, leaves out the environment, which keys come from.
 */
export function tellCrashesMasked(mask: Pick<SecretsMask, "text">): void {
  process.report.excludeEnv = true;
  process.on("uncaughtException", (error) => {
    // Written at once: nothing can be trusted to run any more.
    process.stderr.write(`Sluice failed and ends: ${crashText(error, mask)}\n`);
    process.exit(1);
  });
}
