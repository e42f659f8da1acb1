import { crashText } from "../observe/crash-text.ts";
import type { SecretsMask } from "./mask.ts";

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
