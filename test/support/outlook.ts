import type { ConsumerOutlook, LedgerOutlook } from "../../src/ports/ledger.ts";

/** An idle ledger's outlook, with changes. */
export function outlook(changes: Partial<LedgerOutlook> = {}): LedgerOutlook {
  return {
    atMs: 0,
    virtual: 0,
    paceInMs: 0,
    blockedForMs: 0,
    probing: false,
    ramping: false,
    underWay: 0,
    quotas: [],
    consumers: [],
    policies: [],
    ...changes,
  };
}

/** A consumer of which so many single units wait, all of the usual urgency. */
export function standing(
  consumer: string,
  waiting: number,
  changes: Partial<ConsumerOutlook> = {},
): ConsumerOutlook {
  const before = [0, 0, 0, waiting, waiting, waiting, waiting, waiting];
  const given = { weight: 1, start: 0, asleep: 0, credit: 0, joined: waiting };
  return { consumer, units: waiting, waiting, before, ...given, ...changes };
}
