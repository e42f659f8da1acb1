import type { UpstreamState } from "./instance-metrics.ts";
import type { LedgerOutlook } from "../ports/ledger.ts";
import type { Upstream } from "../ports/settings.ts";

/** What is known of an upstream when somebody scrapes. */
export interface Sighting extends Pick<Upstream, "name" | "quotas"> {
  /** In this instance. */
  readonly waiting: number;
  readonly underWay: number;
  readonly storeLost: boolean;
  /** Among how many processes the quotas are divided meanwhile; absent: they are not. */
  readonly apart?: number;
  readonly pauses: number;
  /** As this instance has heard of it. */
  readonly pausedForMs: number;
  /** `undefined`: the ledger is out of reach. */
  readonly outlook: LedgerOutlook | undefined;
}

/** An upstream as the metrics tell it. An idle instance hears of nothing, so the ledger's own word goes first. */
export function upstreamState(sighting: Sighting): UpstreamState {
  const { name, waiting, underWay, storeLost, pauses, outlook } = sighting;
  const apart = sighting.apart === undefined ? {} : { apart: sighting.apart };
  const heard = { waiting, underWay, pauses, upstream: name, quotas: quotasOf(sighting) };
  if (!outlook) {
    const { pausedForMs } = sighting;
    return { ...heard, ...apart, storeReachable: false, pausedForMs, paused: pausedForMs > 0 };
  }
  const { blockedForMs: pausedForMs, probing, consumers } = outlook;
  const inLine = consumers.reduce((sum, one) => sum + one.waiting, 0);
  return {
    ...heard,
    ...apart,
    storeReachable: !storeLost,
    pausedForMs,
    paused: pausedForMs > 0 || probing,
    ledger: { waiting: inLine, underWay: outlook.underWay },
  };
}

function quotasOf({ quotas, outlook }: Sighting): UpstreamState["quotas"] {
  return quotas.map(({ name: quota, limit, windowMs }) => {
    if (!outlook) return { quota, limit, windowMs };
    const standing = outlook.quotas.find((one) => one.quota === quota);
    return { quota, limit, windowMs, used: standing?.used ?? 0 };
  });
}
