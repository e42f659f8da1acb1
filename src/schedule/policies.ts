import type { PolicyView } from "../http/rate-limit.ts";
import type { Policy } from "../ports/ledger.ts";
import type { Cap, Reserve } from "../ports/bounds.ts";
import type { Quota } from "../ports/settings.ts";

/*
 * Which inner quotas a request is under: its route's, its consumer's cap, and what the reserve leaves to those who are
 * not urgent. Their names are the same on all instances, since that is how the ledger knows them.
 */

/** What of a request, its upstream and its consumer inner quotas follow from. */
export interface Bounded {
  readonly upstream: {
    readonly quotas: readonly Quota[];
    readonly reserve?: Reserve;
    readonly routes: readonly { readonly cost: number }[];
  };
  readonly route: { readonly quota?: Quota } | undefined;
  readonly caller: { readonly name: string; readonly cap?: Cap };
  /** 0 (first) to 7. */
  readonly urgency: number;
}

const WORDS: Readonly<Record<string, (of: string) => string>> = {
  route: (of) => `the route limit ${of}`,
  cap: (of) => `the cap of ${of}`,
  reserve: (of) => `what the reserve for urgent requests leaves of ${of}`,
};

/**
 * Inner quotas that a request is under, by the upstream's `quotas` as they are kept at present: those that were learned,
 * where some were. One that could never hold, since the upstream's is as narrow, is left out.
 */
export function policiesOf(
  { upstream, route, caller, urgency }: Bounded,
  quotas = upstream.quotas,
): Policy[] {
  const { reserve } = upstream;
  // Of Sluice's own making, so that only the way to the upstream needs a pad: the upstream's.
  const padMs = quotas[0]?.padMs ?? 0;
  const { cap } = caller;
  return [
    ...(route?.quota ? [{ ...route.quota, name: policyName("route", route.quota.name) }] : []),
    ...(cap && !isIdle(cap, quotas)
      ? [{ name: policyName("cap", caller.name), ...cap, padMs }]
      : []),
    ...(reserve && urgency > reserve.urgency
      ? quotas.map((quota) => restOf(quota, upstream, reserve))
      : []),
  ];
}

/** True where a bound could never hold: a quota of the upstream allows no more over a window as long. */
export function isIdle(bound: Cap, quotas: readonly Cap[]): boolean {
  return quotas.some(({ limit, windowMs }) => limit <= bound.limit && windowMs >= bound.windowMs);
}

/** Units of a quota that requests which are not urgent may take; what the reserve keeps is one unit at least. */
export function unreserved(limit: number, { share }: Reserve): number {
  return limit - Math.max(1, Math.round(limit * share));
}

/** An inner quota by its name, in words that go on a sentence. */
export function policyWords(name: string): string {
  const [kind = "", ...of] = name.split(":");
  return WORDS[kind]?.(of.join(":")) ?? name;
}

/** What of the inner quotas a consumer is told as its own policies: route limits, and its cap as its part alone. */
export function policyViews(policies: readonly Policy[], consumer: string): PolicyView[] {
  return policies
    .filter(({ name }) => !name.startsWith("reserve:"))
    .map(({ name, limit, windowMs }) => ({
      name,
      limit,
      windowMs,
      ...(name.startsWith("cap:") ? { partition: consumer } : {}),
    }));
}

/** A limit that was learned may be so low that the dearest request needs some of the reserve, or could never go. */
function restOf(quota: Quota, { routes }: Bounded["upstream"], reserve: Reserve): Policy {
  const { name, limit, windowMs, padMs } = quota;
  const dearest = Math.max(1, ...routes.map(({ cost }) => cost));
  const rest = Math.max(dearest, unreserved(limit, reserve));
  return { name: policyName("reserve", name), limit: rest, windowMs, padMs };
}

/**
 * A name that ledgers and fields can hold: the ledger joins names by `|` and `,`, and a text of a structured field is
 * ASCII (RFC 9651 section 3.3.3).
 */
function policyName(kind: string, of: string): string {
  const safe = of.toWellFormed().replace(/[^\u0020-\u007E]|[%|,"\\]/gu, encodeURIComponent);
  return `${kind}:${safe}`;
}
