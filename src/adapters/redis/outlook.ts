import { listOf, textsOf } from "./script.ts";
import type {
  ConsumerOutlook,
  LedgerOutlook,
  PolicyOutlook,
  QuotaOutlook,
} from "../../ports/ledger.ts";

/** Reads what outlook.lua returns. */
export function readOutlook(raw: unknown): LedgerOutlook {
  const [at, virtual, pace, blocked, probing, ramping, underWay, ...lists] = listOf(raw);
  const [quotas, consumers, policies] = lists.map(listOf);
  return {
    atMs: Number(at),
    virtual: Number(virtual),
    paceInMs: Number(pace),
    blockedForMs: Number(blocked),
    probing: probing === "1",
    ramping: ramping === "1",
    underWay: Number(underWay),
    quotas: (quotas ?? []).map((quota) => quotaOf(textsOf(quota))),
    consumers: (consumers ?? []).map((consumer) => consumerOf(textsOf(consumer))),
    policies: (policies ?? []).map((policy) => policyOf(listOf(policy))),
  };
}

function quotaOf([quota = "", used, ...flat]: readonly string[]): QuotaOutlook {
  const frees = flat.flatMap((units, index) =>
    index % 2 === 0 ? [{ units: Number(units), inMs: Number(flat[index + 1]) }] : [],
  );
  return { quota, used: Number(used), frees };
}

function consumerOf([consumer = "", ...numbers]: readonly string[]): ConsumerOutlook {
  const [weight = 0, start = 0, asleep = 0, units = 0, waiting = 0, credit = 0, ...rest] =
    numbers.map(Number);
  const [joined = 0, ...before] = rest;
  return { consumer, weight, start, asleep, units, waiting, credit, joined, before };
}

function policyOf([window, ...rest]: readonly unknown[]): PolicyOutlook {
  const [limit, virtual, paceInMs, blockedForMs, probing, consumers, spanMs] = rest;
  const { quota, used, frees } = quotaOf(textsOf(window));
  return {
    policy: quota,
    limit: Number(limit),
    spanMs: Number(spanMs),
    virtual: Number(virtual),
    paceInMs: Number(paceInMs),
    blockedForMs: Number(blockedForMs),
    probing: probing === "1",
    used,
    frees,
    consumers: listOf(consumers).map((entry) => {
      const [consumer = "", ...numbers] = textsOf(entry);
      const [weight = 0, start = 0, asleep = 0, units = 0, waiting = 0, ...others] =
        numbers.map(Number);
      const [joined = 0, ...before] = others;
      return { consumer, weight, start, asleep, units, waiting, joined, before };
    }),
  };
}
