import { LATE, paceMs } from "./departures.ts";
import { foresee, type Foreseen, type Knowledge, type Prospect } from "./foresee.ts";
import type { LedgerOutlook, Policy, PolicyOutlook } from "../ports/ledger.ts";

/*
 * When will a request leave that is under inner quotas? Each is a small ledger of its own: a window, a pace, shares by
 * tags. So what awaits a request there is foreseen as if there were nothing else, and it leaves when the last of them,
 * and the upstream's line, let it go. Its bound is what the policies guarantee, one after the other, and then the
 * upstream's: who is called at a policy has a turn in the ring to wait for yet, and holds up those behind it there.
 */

/** Foresees when a request leaves that joins now, with the inner quotas that it is under. */
export function foreseeUnder(knowledge: Knowledge, prospect: Prospect): Foreseen {
  const outer = foresee(knowledge, prospect);
  const { policies = [] } = prospect;
  return policies.reduce(
    (so, policy) => later(so, { ...foreseeAt(knowledge, prospect, policy), heldBy: policy.name }),
    outer,
  );
}

/** The later of two, and what it is held by; the bounds and turns of both. */
function later(one: Foreseen, other: Foreseen): Foreseen {
  const slower = other.waitMs > one.waitMs ? other : one;
  const again = {
    turnMs: turnOf(one) + turnOf(other),
    clearMs: Math.max(one.again?.clearMs ?? 0, other.again?.clearMs ?? 0),
  };
  const { place, waitMs } = slower;
  const boundMs = one.boundMs + other.boundMs;
  return { ...one, ...heldBy(slower), place, waitMs, again, boundMs };
}

function turnOf({ again }: Foreseen): number {
  return again?.turnMs ?? 0;
}

function heldBy({ heldBy: name }: Foreseen): Pick<Foreseen, "heldBy"> {
  return name === undefined ? {} : { heldBy: name };
}

/** What awaits a request at one policy, as if there were nothing else. */
function foreseeAt(knowledge: Knowledge, prospect: Prospect, policy: Policy): Foreseen {
  const { outlook, terms, since, ageMs, weights = 0 } = knowledge;
  const seen = outlook.policies.find((one) => one.policy === policy.name);
  const inner: Knowledge = {
    outlook: asLedger(outlook, policy, seen),
    terms: { ...terms, quotas: [policy] },
    rates: knowledge.ratesAt?.get(policy.name) ?? new Map(),
    // How much of it is under the policy is not known: all of it may be.
    since: new Map([[prospect.consumer, since.get(prospect.consumer) ?? 0]]),
    ageMs,
    weights,
  };
  const behind = prospect.behindAt?.get(policy.name) ?? 0;
  const foreseen = foresee(inner, { ...prospect, behind });
  const turns = turnMs(knowledge, prospect) - paceMs(inner.terms);
  const units = Math.ceil(foreseen.boundMs / paceMs(inner.terms));
  return { ...foreseen, boundMs: foreseen.boundMs + Math.max(0, turns) * units };
}

/** A policy in the terms of a ledger. What it may still catch up on may leave at once, whoever asks. */
export function asLedger(
  outlook: LedgerOutlook,
  policy: Policy,
  seen = idle(policy),
): LedgerOutlook {
  const { virtual, paceInMs, blockedForMs, probing, used, frees, consumers } = seen;
  const credit = Math.max(0, Math.floor(-paceInMs / paceMs({ quotas: [policy] })) - LATE);
  return {
    ...outlook,
    virtual,
    paceInMs,
    blockedForMs,
    probing,
    ramping: credit === 0,
    quotas: [{ quota: policy.name, used, frees }],
    consumers: consumers.map((one) => ({ ...one, credit })),
    policies: [],
  };
}

/** A policy of which nothing is told, since nothing is used. */
function idle({ name, limit, windowMs, padMs }: Policy): PolicyOutlook {
  const open = { virtual: 0, paceInMs: -(windowMs + padMs), blockedForMs: 0, probing: false };
  return {
    policy: name,
    limit,
    spanMs: windowMs + padMs,
    ...open,
    used: 0,
    frees: [],
    consumers: [],
  };
}

/** How long one that is called at a policy may wait for its turn in the ring: once around, by the least weight. */
function turnMs({ outlook, terms, weights = 0 }: Knowledge, { weight }: Prospect): number {
  const waiting = outlook.consumers.filter((one) => one.waiting > 0);
  const sum = waiting.reduce((total, one) => total + one.weight, weight);
  const least = Math.min(weight, ...waiting.map((one) => one.weight));
  return (Math.max(sum, weights) / least) * paceMs(terms);
}
