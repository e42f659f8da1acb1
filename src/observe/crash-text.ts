import { inspect } from "node:util";
import type { TextMask } from "./hit-lines.ts";

/** What an error carries beside its words may be deep: a request, its connection, their settings. */
const DEPTH = 6;

/** An error with its stack, causes and members as text, with every secret overwritten. */
export function crashText(error: unknown, mask: TextMask): string {
  return mask.text(inspect(error, { depth: DEPTH }));
}
