import { createHash } from "node:crypto";

/**
 * SHA-256 in hexadecimal: what stores file a key or a name under. A URL may be long, and may hold what is
 * nobody's business.
 */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
