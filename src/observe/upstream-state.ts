import type { UpstreamState } from "./instance-metrics.ts";
import type { LedgerOutlook } from "../ports/ledger.ts";
import type { LearnedReport } from "../schedule/feedback.ts";

/** What is known of an upstream when somebody scrapes. */
export interface Sighting extends Pick<LearnedReport, "quotas"> {
  /** The upstream's. */
  readonly name: string;
  /** In this instance. */
  readonly waiting: number;
  readonly underWay: number;
  readonly storeLost: boolean;
  /** Among how many processes the quotas are divided meanwhile; absent: they are not. */
  readonly apart?: number;
  readonly pauses: number;
  readonly circuit: UpstreamState["circuit"];
  /** As this instance has heard of it. */
  readonly pausedForMs: number;
  /** `undefined`: the ledger is out of reach. */
  readonly outlook: LedgerOutlook | undefined;
}

/** An upstream as the metrics tell it. An idle instance hears of nothing, so the ledger's own word goes first. */
export function upstreamState(sighting: Sighting): UpstreamState {
  const { name, waiting, underWay, storeLost, pauses, circuit, outlook } = sighting;
  const apart = sighting.apart === undefined ? {} : { apart: sighting.apart };
  const here = { waiting, underWay, pauses, circuit };
  const heard = { ...here, upstream: name, quotas: quotasOf(sighting) };
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
  return quotas.map(({ name: quota, effective: limit, configured, foreign, windowMs }) => {
    const known = { quota, limit, configured, foreign, windowMs };
    if (!outlook) return known;
    const standing = outlook.quotas.find((one) => one.quota === quota);
    return { ...known, used: standing?.used ?? 0 };
  });
}
