import { parseDictionary } from "structured-headers";

/**
 * The urgency of `Priority: u=N`, 0 (most urgent) to 7 (RFC 9218 section 4.1); `undefined` where it is
 * absent or malformed, which RFC 9218 says to ignore.
 */
export function urgencyOf(priority: string | undefined): number | undefined {
  if (priority === undefined) return undefined;
  try {
    const urgency = parseDictionary(priority).get("u")?.[0];
    return typeof urgency === "number" && [0, 1, 2, 3, 4, 5, 6, 7].includes(urgency)
      ? urgency
      : undefined;
  } catch {
    return undefined;
  }
}
