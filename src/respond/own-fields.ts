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
  const { cache, quotas, policies = [], requestId, cookies = "drop" } = remarks;
  // A session of the upstream is the gateway's and would be shared by all clients.
  const isDropped = (name: string): boolean =>
    (quotas !== undefined && REPLACED.has(name)) || (cookies === "drop" && name === "set-cookie");
  const own = [
    ...(cache ? ["Cache-Status", cacheStatus(cache)] : []),
    ...(quotas
      ? [
          "RateLimit-Policy",
          rateLimitPolicy([...quotas, ...policies]),
          "RateLimit",
          rateLimit(quotas),
        ]
      : []),
    ...serverTiming(remarks),
    "Via",
    "1.1 sluice",
    "X-Request-Id",
    requestId,
  ];
  return [...withoutFields(fields, isDropped), ...own];
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
  return [...eachField(fields)].flatMap(([name, value]) =>
    /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && /^[\t\u0020-\u007E\u0080-\u00FF]*$/.test(value)
      ? [name, value]
      : [],
  );
}
