import type { Policy, PolicyOutlook } from "../../src/ports/ledger.ts";

/** A policy of so many units in any 2 s, with 100 ms of pad. */
export function policyOf(name: string, limit: number, changes: Partial<Policy> = {}): Policy {
  return { name, limit, windowMs: 2000, padMs: 100, ...changes };
}

/** What an outlook tells of one of four units in 2.1 s that nobody uses, with changes. */
export function seenAt(policy: string, changes: Partial<PolicyOutlook> = {}): PolicyOutlook {
  const open = { virtual: 0, paceInMs: 0, blockedForMs: 0, probing: false };
  return { policy, limit: 4, spanMs: 2100, ...open, used: 0, frees: [], consumers: [], ...changes };
}
