import type { Policy } from "../../src/ports/ledger.ts";

/** A policy of so many units in any 2 s, with 100 ms of pad. */
export function policyOf(name: string, limit: number, changes: Partial<Policy> = {}): Policy {
  return { name, limit, windowMs: 2000, padMs: 100, ...changes };
}
