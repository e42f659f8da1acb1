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

/*
 * Both are Structured Fields (RFC 9651): lists of strings with parameters. They are on every answer, so they are
 * written here rather than by a library: a tenth of the cost.
 */

/** The value of `RateLimit-Policy`: `"clientexec";q=200;w=60`; with a partition, `;pk=:YQ==:`. */
export function rateLimitPolicy(quotas: readonly PolicyView[]): string {
  const policies = quotas.map(
    (quota) =>
      `${quoted(quota.name)};q=${quota.limit};w=${Math.ceil(quota.windowMs / 1000)}${partitionKey(quota)}`,
  );
  return policies.join(", ");
}

/** The value of `RateLimit`: `"clientexec";r=150;t=30`. */
export function rateLimit(quotas: readonly QuotaView[]): string {
  const limits = quotas.map((quota) => {
    const remaining = Math.max(0, Math.floor(quota.remaining));
    return `${quoted(quota.name)};r=${remaining};t=${Math.ceil(quota.resetInMs / 1000)}${partitionKey(quota)}`;
  });
  return limits.join(", ");
}

/** A partition key is a byte sequence, the same in both fields. */
function partitionKey({ partition }: PolicyView): string {
  return partition === undefined ? "" : `;pk=:${btoa(latin1Of(partition))}:`;
}

/** A String (RFC 9651 section 4.1.6). */
function quoted(text: string): string {
  const plain = !text.includes('"') && !text.includes("\\");
  return plain ? `"${text}"` : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** UTF-8 as the characters that `btoa` takes for bytes. */
function latin1Of(text: string): string {
  return String.fromCodePoint(...new TextEncoder().encode(text));
}
