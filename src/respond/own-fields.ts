import { cacheStatus, type CacheOutcome } from "../http/cache-status.ts";
import { eachField, withoutFields, type RawFields } from "../http/fields.ts";
import { rateLimit, rateLimitPolicy, type PolicyView, type QuotaView } from "../http/rate-limit.ts";

/** What the gateway says of an exchange in its own fields. */
export interface Remarks {
  readonly requestId: string;
  /** Absent: it was refused before the cache was asked. */
  readonly cache?: CacheOutcome | undefined;
  /** Absent: no upstream was found, so no quota is meant. */
  readonly quotas?: readonly QuotaView[] | undefined;
  /** Inner quotas that it is under: their terms alone are told. */
  readonly policies?: readonly PolicyView[] | undefined;
  readonly queueMs?: number;
  readonly upstreamMs?: number;
  /** `store`: the upstream's cookies pass. Absent: they reach nobody. */
  readonly cookies?: "drop" | "store";
}

/** Fields of the upstream that the gateway's own replace. */
const REPLACED = new Set(["ratelimit", "ratelimit-policy", "x-request-id"]);

/** An answer's fields with the gateway's own at the end. */
export function withOwnFields(fields: RawFields, remarks: Remarks): string[] {
  return [...passedFields(fields, remarks), ...ownFields(remarks)];
}

/** An answer's fields without those that reach no client. */
export function passedFields(
  fields: RawFields,
  { quotas, cookies = "drop" }: Pick<Remarks, "quotas" | "cookies">,
): string[] {
  // A session of the upstream is the gateway's and would be shared by all clients.
  return withoutFields(
    fields,
    (name) =>
      (quotas !== undefined && REPLACED.has(name)) || (cookies === "drop" && name === "set-cookie"),
  );
}

/** The fields that are the gateway's own. */
export function ownFields(remarks: Remarks): string[] {
  const { cache, quotas, policies = [], requestId } = remarks;
  return [
    ...(cache ? ["Cache-Status", cacheStatus(cache)] : []),
    ...(quotas ? quotaFields(quotas, policies) : []),
    ...serverTiming(remarks),
    "Via",
    "1.1 sluice",
    "X-Request-Id",
    requestId,
  ];
}

/** Where the quotas stand. */
function quotaFields(quotas: readonly QuotaView[], policies: readonly PolicyView[]): string[] {
  const terms = policies.length === 0 ? quotas : [...quotas, ...policies];
  return ["RateLimit-Policy", rateLimitPolicy(terms), "RateLimit", rateLimit(quotas)];
}

/** Milliseconds, one decimal (Server Timing, W3C). */
function serverTiming({ queueMs, upstreamMs }: Remarks): string[] {
  const metrics = [
    ...(queueMs === undefined ? [] : [`queue;dur=${queueMs.toFixed(1)}`]),
    ...(upstreamMs === undefined ? [] : [`upstream;dur=${upstreamMs.toFixed(1)}`]),
  ];
  return metrics.length > 0 ? ["Server-Timing", metrics.join(", ")] : [];
}

/** Fields that Node may write: a value with a control character would end the head early, so it is dropped. */
export function writable(fields: RawFields): string[] {
  const kept: string[] = [];
  for (const [name, value] of eachField(fields)) {
    const isName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
    if (isName && /^[\t\u0020-\u007E\u0080-\u00FF]*$/.test(value)) kept.push(name, value);
  }
  return kept;
}
