import { policyViews } from "./schedule/policies.ts";
import { quotaViews, shareView } from "./schedule/quota-views.ts";
import type { QuotaView } from "./http/rate-limit.ts";
import type { Line } from "./line.ts";
import type { Notes } from "./observe/access-record.ts";
import type { Remarks } from "./respond/own-fields.ts";

/** What the gateway's own fields say of an exchange; without a line no upstream was found. */
export function remarksOn(line: Line | undefined, notes: Notes): Remarks {
  const { requestId, cache, queueMs, upstreamMs, forwards } = notes;
  const quotas = line && quotasFor(line, notes);
  const cookies = line?.upstream.cookies ?? "drop";
  const policies = policyViews(notes.policies ?? [], notes.consumer ?? "");
  const remarks = { requestId, cache, quotas, policies, cookies };
  // Who had nothing to wait for is told of no wait.
  return queueMs > 0 || forwards > 0 ? { ...remarks, queueMs, upstreamMs } : remarks;
}

/** The upstream's quotas, and beside them the consumer's own share, as far as it is known. */
function quotasFor({ quotas, scheduler }: Line, { consumer, weight }: Notes): QuotaView[] {
  const known = consumer !== undefined && weight !== undefined;
  const share = known ? scheduler.share({ consumer, weight }) : undefined;
  const whole = quotaViews(quotas, scheduler.outlook);
  return share ? [...whole, shareView(share)] : whole;
}
