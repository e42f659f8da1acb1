/** How an upstream tells its limit. */
export type TellingDialect =
  | "none"
  | "draft"
  | "triple"
  | "epoch"
  | "helpscout"
  | "freshdesk"
  | "zendesk";

/** What is told. */
export interface Telling {
  readonly limit: number;
  readonly windowMs: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** The fields of an answer in a dialect. */
export function tellingFields(dialect: TellingDialect, telling: Telling): Record<string, string> {
  const { limit, windowMs, resetMs } = telling;
  const remaining = String(Math.max(0, telling.remaining));
  const reset = String(Math.ceil(resetMs / 1000));
  switch (dialect) {
    case "none":
      return {};
    case "draft":
      return {
        "RateLimit-Policy": `"api";q=${limit};w=${Math.ceil(windowMs / 1000)}`,
        RateLimit: `"api";r=${remaining};t=${reset}`,
      };
    case "triple":
      return {
        "RateLimit-Limit": `${limit}, ${limit};w=${Math.ceil(windowMs / 1000)}`,
        "RateLimit-Remaining": remaining,
        "RateLimit-Reset": reset,
      };
    case "epoch":
      return {
        "X-RateLimit-Limit": String(limit),
        "X-RateLimit-Remaining": remaining,
        "X-RateLimit-Reset": String(Math.ceil((Date.now() + resetMs) / 1000)),
      };
    case "helpscout":
      return {
        "X-RateLimit-Limit-Minute": String(limit),
        "X-RateLimit-Remaining-Minute": remaining,
      };
    case "freshdesk":
      return {
        "X-RateLimit-Total": String(limit),
        "X-RateLimit-Remaining": remaining,
        "X-RateLimit-Used-CurrentRequest": "1",
      };
    case "zendesk":
      return {
        "X-Rate-Limit": String(limit),
        "X-Rate-Limit-Remaining": remaining,
        "ratelimit-reset": reset,
      };
    default:
      return dialect satisfies never;
  }
}
