import type { Outlook } from "./refusals.ts";
import type { Share } from "./share.ts";
import type { QuotaView } from "../http/rate-limit.ts";
import type { Quota } from "../ports/settings.ts";

/** Each quota with what the ledger said of it last; a quota that it has not spoken of yet is unused. */
export function quotaViews(quotas: readonly Quota[], { standings }: Outlook): QuotaView[] {
  return quotas.map(({ name, limit, windowMs }) => {
    const standing = standings.find(({ quota }) => quota === name);
    const remaining = limit - (standing?.used ?? 0);
    return { name, limit, windowMs, remaining, resetInMs: standing?.resetInMs ?? 0 };
  });
}

/** A consumer's share as a quota of its own, named for the one that it is a part of. */
export function shareView({ consumer, quota, windowMs, ...share }: Share): QuotaView {
  return {
    name: `${quota}-share`,
    limit: share.guaranteed,
    windowMs,
    remaining: share.left,
    resetInMs: share.moreInMs,
    partition: consumer,
  };
}
