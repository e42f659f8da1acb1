import { WrongKeys, type WrongKeysParts } from "../identify/wrong-keys.ts";
import { addressOf, problem, type AdminContext } from "./answers.ts";

/** Counts a wrong admin token; what its sender is told instead of that it is wrong, where there were too many. */
export type WrongTokens = (context: AdminContext) => Response | undefined;

/**
 * Counts wrong admin tokens by the address that they come from, as the consumers' wrong keys are, and apart from them. Only
 * they are counted and only they are refused, so that nobody locks an operator out. Behind the one port of several workers
 * no address is known, and all count as one.
 */
export function countWrongTokens(parts: WrongKeysParts): WrongTokens {
  const counts = new WrongKeys(parts);
  return (context) => {
    const tooMany = counts.refusal(addressOf(context));
    if (!tooMany) return undefined;
    context.header("Retry-After", String(tooMany.details.retryAfterSeconds));
    const detail = `More than ${parts.most()} wrong tokens came from this address within a minute. A right one passes.`;
    return problem(context, 429, detail);
  };
}
