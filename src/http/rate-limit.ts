import { serializeList } from "structured-headers";

/** A quota's terms as draft-ietf-httpapi-ratelimit-headers-11 tells them. */
export interface PolicyView {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** Whose part of a quota it is; absent: it is everybody's together. */
  readonly partition?: string;
}

/** One quota with where it stands. */
export interface QuotaView extends PolicyView {
  /** Units left in the window at present. */
  readonly remaining: number;
  /** Until the oldest unit falls out of the window, or until more comes of a share; 0: nothing is used. */
  readonly resetInMs: number;
}

/** A partition key is a byte sequence, the same in both fields. */
const partitionKey = ({ partition }: PolicyView): [string, Uint8Array][] =>
  partition === undefined ? [] : [["pk", new TextEncoder().encode(partition)]];

/** The value of `RateLimit-Policy`: `"clientexec";q=200;w=60`; with a partition, `;pk=:YQ==:`. */
export function rateLimitPolicy(quotas: readonly PolicyView[]): string {
  return serializeList(
    quotas.map((quota) => [
      quota.name,
      new Map<string, number | Uint8Array>([
        ["q", quota.limit],
        ["w", Math.ceil(quota.windowMs / 1000)],
        ...partitionKey(quota),
      ]),
    ]),
  );
}

/** The value of `RateLimit`: `"clientexec";r=150;t=30`. */
export function rateLimit(quotas: readonly QuotaView[]): string {
  return serializeList(
    quotas.map((quota) => [
      quota.name,
      new Map<string, number | Uint8Array>([
        ["r", Math.max(0, quota.remaining)],
        ["t", Math.ceil(quota.resetInMs / 1000)],
        ...partitionKey(quota),
      ]),
    ]),
  );
}
