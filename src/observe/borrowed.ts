import { SHARERS, WEIGHTS } from "./account-counts.ts";
import type { AccountCell, AccountCounts } from "../ports/accounts.ts";
import type { Quota } from "../ports/settings.ts";

/*
 * What was borrowed in a minute: units beyond the share that a consumer's weight gave it among all who had work in that
 * minute. Who had none has lent its share, and who was alone has borrowed nothing.
 *
 * It is worked out from the counts of the whole minute over all instances, and not at the grant: no process knows at its
 * grant what the others go on to ask for, and the ledger's one script is not to keep what decides nothing.
 */

const UNITS = "u";
const BORROWED = "b";
const MINUTE_MS = 60_000;

/** Units that an upstream gives in a minute of even use: by the quota that gives least. */
export function unitsAMinute(quotas: readonly Pick<Quota, "limit" | "windowMs">[]): number {
  return Math.min(...quotas.map(({ limit, windowMs }) => (limit * MINUTE_MS) / windowMs));
}

interface Sharer {
  weight: number;
  units: number;
  readonly cells: AccountCell[];
}

/**
 * The units borrowed in one minute, by the cells that spent them, from all cells of that minute. `given`: what the
 * upstream gives in it; where more was spent (a burst after silence), that is what was shared.
 */
export function borrowedOf(cells: readonly AccountCell[], given: number): AccountCell[] {
  const sharers = [...sharersOf(cells).values()];
  const weights = sharers.reduce((sum, { weight }) => sum + weight, 0);
  const spent = sharers.reduce((sum, { units }) => sum + units, 0);
  return sharers.flatMap(({ weight, units, cells: own }) => {
    const share = (Math.max(given, spent) * weight) / weights;
    return spread(own, Math.floor(units - share), units);
  });
}

function sharersOf(cells: readonly AccountCell[]): ReadonlyMap<string, Sharer> {
  const byConsumer = Map.groupBy(cells, ({ consumer }) => consumer);
  const sharers = new Map<string, Sharer>();
  for (const [consumer, own] of byConsumer) {
    const sum = (name: string): number =>
      own.reduce((total, { counts }) => total + (counts[name] ?? 0), 0);
    const [units, times] = [sum(UNITS), sum(SHARERS)];
    if (units <= 0 && times <= 0) continue;
    // Refreshes in the background have units and tell no weight.
    const weight = times > 0 ? sum(WEIGHTS) / times : 1;
    sharers.set(consumer, { weight, units, cells: own });
  }
  return sharers;
}

/** Splits what was borrowed as the units were, whole and without loss. */
function spread(cells: readonly AccountCell[], borrowed: number, units: number): AccountCell[] {
  if (borrowed <= 0) return [];
  let [seen, given] = [0, 0];
  return cells.flatMap(({ at, consumer, route, counts }) => {
    seen += counts[UNITS] ?? 0;
    const part = Math.round((borrowed * seen) / units) - given;
    given += part;
    const lent: AccountCounts = { [BORROWED]: part };
    return part === 0 ? [] : [{ at, consumer, route, counts: lent }];
  });
}
