import { serializeList } from "structured-headers";

/** One quota as draft-ietf-httpapi-ratelimit-headers-11 tells it. */
export interface QuotaView {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** Units left in the window at present. */
  readonly remaining: number;
  /** Until the oldest unit falls out of the window; 0: nothing is used. */
  readonly resetInMs: number;
}

/** The value of `RateLimit-Policy`: `"clientexec";q=200;w=60`. */
export function rateLimitPolicy(quotas: readonly QuotaView[]): string {
  return serializeList(
    quotas.map(({ name, limit, windowMs }) => [
      name,
      new Map([
        ["q", limit],
        ["w", Math.ceil(windowMs / 1000)],
      ]),
    ]),
  );
}

/** The value of `RateLimit`: `"clientexec";r=150;t=30`. */
export function rateLimit(quotas: readonly QuotaView[]): string {
  return serializeList(
    quotas.map(({ name, remaining, resetInMs }) => [
      name,
      new Map([
        ["r", Math.max(0, remaining)],
        ["t", Math.ceil(resetInMs / 1000)],
      ]),
    ]),
  );
}
