import type { LedgerOutlook, QuotaOutlook, Standing } from "../ports/ledger.ts";
import type { Quota } from "../ports/settings.ts";

/**
 * Units that were spent over all instances in the window of each quota before a request left, itself and what left
 * later not counted. `agoMs`: for how long it has been gone when the outlook is taken.
 */
export function unitsBefore(
  { quotas: outlooks }: LedgerOutlook,
  quotas: readonly Quota[],
  agoMs: number,
): Map<string, number> {
  return new Map(
    quotas.map((quota) => {
      const outlook = outlooks.find((one) => one.quota === quota.name);
      return [quota.name, outlook === undefined ? 0 : before(outlook, quota, agoMs)];
    }),
  );
}

/** Units that each quota's window holds, as the last turn told; what the pad adds is left out in proportion. */
export function unitsSpent(
  standings: readonly Standing[],
  quotas: readonly Quota[],
): Map<string, number> {
  return new Map(
    quotas.map(({ name, windowMs, padMs }) => {
      const used = standings.find(({ quota }) => quota === name)?.used ?? 0;
      return [name, (used * windowMs) / (windowMs + padMs)];
    }),
  );
}

/** A unit is free again a window and a pad after it was stamped: so its instant is told by when that will be. */
function before(outlook: QuotaOutlook, { windowMs, padMs }: Quota, agoMs: number): number {
  const span = windowMs + padMs;
  const from = Math.max(0, padMs - agoMs);
  const to = span - agoMs;
  if (to <= from) return 0;
  const counted = freeWithin(outlook, to - EARLIER_MS) - freeWithin(outlook, from);
  // What the ledger has let go of since is made good by what it still holds.
  return Math.max(0, counted) * (windowMs / (to - from));
}

/** The request's own unit was stamped a little before it left. */
const EARLIER_MS = 0.5;

/** Units that will be free within a time; between the points that are told, in proportion. */
function freeWithin({ frees }: QuotaOutlook, withinMs: number): number {
  let [units, inMs] = [0, 0];
  for (const next of frees) {
    if (next.inMs > withinMs) {
      const isStep = next.units - units <= 1;
      if (isStep || next.inMs <= inMs) return units;
      return units + ((next.units - 1 - units) * (withinMs - inMs)) / (next.inMs - inMs);
    }
    [units, inMs] = [next.units, next.inMs];
  }
  return units;
}
