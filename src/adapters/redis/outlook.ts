import { listOf, textsOf } from "./script.ts";
import type { ConsumerOutlook, LedgerOutlook, QuotaOutlook } from "../../ports/ledger.ts";

/** Reads what outlook.lua returns. */
export function readOutlook(raw: unknown): LedgerOutlook {
  const [at, virtual, pace, blocked, probing, ramping, underWay, quotas, consumers] = listOf(raw);
  return {
    atMs: Number(at),
    virtual: Number(virtual),
    paceInMs: Number(pace),
    blockedForMs: Number(blocked),
    probing: probing === "1",
    ramping: ramping === "1",
    underWay: Number(underWay),
    quotas: listOf(quotas).map((quota) => quotaOf(textsOf(quota))),
    consumers: listOf(consumers).map((consumer) => consumerOf(textsOf(consumer))),
  };
}

function quotaOf([quota = "", used, ...flat]: readonly string[]): QuotaOutlook {
  const frees = flat.flatMap((units, index) =>
    index % 2 === 0 ? [{ units: Number(units), inMs: Number(flat[index + 1]) }] : [],
  );
  return { quota, used: Number(used), frees };
}

function consumerOf([consumer = "", ...numbers]: readonly string[]): ConsumerOutlook {
  const [weight = 0, start = 0, units = 0, waiting = 0, credit = 0, joined = 0, ...before] =
    numbers.map(Number);
  return { consumer, weight, start, units, waiting, credit, joined, before };
}
