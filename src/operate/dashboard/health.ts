import { tallyOf } from "../../observe/account-counts.ts";
import type { AccountCounts } from "../../ports/accounts.ts";
import type { QuotaView, Health } from "./snapshot.ts";
import { span } from "./words.ts";

/** What is known of how an installation does. */
export interface Symptoms {
  readonly storeKind: "redis" | "embedded";
  readonly draining: boolean;
  /** Absent: the ledger did not answer. */
  readonly quota: QuotaView | undefined;
  /** The last two minutes; absent: the accounts did not answer. */
  readonly recent: AccountCounts | undefined;
}

/** How instance, store and upstream do, in words. */
export function healthOf(symptoms: Symptoms): Health[] {
  return [instance(symptoms), store(symptoms), upstream(symptoms)];
}

function instance({ draining }: Symptoms): Health {
  const name = "This instance";
  return draining
    ? { name, state: "strained", words: "shuts down and takes no more requests" }
    : { name, state: "well", words: "takes requests" };
}

function store({ storeKind, quota, recent }: Symptoms): Health {
  const name = storeKind === "redis" ? "Redis" : "Embedded store";
  if (!quota) {
    return { name, state: "down", words: "is out of reach: nothing is sent, what is held serves" };
  }
  return recent
    ? { name, state: "well", words: "answers" }
    : { name, state: "strained", words: "answers, but the accounts do not" };
}

function upstream({ quota, recent = {} }: Symptoms): Health {
  const name = "Upstream";
  const { failed, throttled, forwarded } = tallyOf(recent);
  if (quota && quota.blockedForMs > 0) {
    return { name, state: "strained", words: `paused for another ${span(quota.blockedForMs)}` };
  }
  if (quota?.probing) {
    return { name, state: "strained", words: "a probe asks whether the pause is over" };
  }
  if (failed > 0) {
    const state = failed * 2 > forwarded ? "down" : "strained";
    return { name, state, words: `failed ${failed} of ${forwarded} in two minutes` };
  }
  if (throttled > 0) {
    return { name, state: "strained", words: `said 429 ${times(throttled)} in two minutes` };
  }
  return { name, state: "well", words: forwarded > 0 ? "answers" : "was not asked of late" };
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
