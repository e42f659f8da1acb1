import type { LedgerTerms, Standing } from "../ports/ledger.ts";

/** The share of each quota that refreshes in the background leave to others. */
const SPARE = 0.1;

/** True where a tenth of each quota, and one unit at least, is free. */
export function hasSpare({ quotas }: LedgerTerms, standings: readonly Standing[]): boolean {
  return quotas.every(({ name, limit }) => {
    const used = standings.find(({ quota }) => quota === name)?.used ?? 0;
    return limit - used >= Math.max(1, Math.ceil(limit * SPARE));
  });
}
