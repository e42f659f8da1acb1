import { serializeList, Token, type Item } from "structured-headers";

/** Why a request went forward (RFC 9211 section 2.2). */
export type ForwardReason =
  | "bypass"
  | "method"
  | "uri-miss"
  | "vary-miss"
  | "miss"
  | "request"
  | "stale"
  | "partial";

/** How the cache handled one exchange: the word of the access record and, serialised, of Cache-Status. */
export type CacheOutcome =
  | {
      readonly kind: "hit";
      /** Milliseconds of freshness left; negative: how long it has been stale. */
      readonly ttlMs: number;
      /** That a route overrode the origin, or why something stale was served. */
      readonly detail?: string;
    }
  | {
      readonly kind: "forward";
      readonly reason: ForwardReason;
      /** The upstream's status, where it was not the one answered with. */
      readonly forwardStatus?: number;
      readonly stored: boolean;
      readonly collapsed: boolean;
      /** Why nothing was stored, or that a route overrode the origin. */
      readonly detail?: string;
    };

/** The value of `Cache-Status` (RFC 9211 section 2). */
export function cacheStatus(outcome: CacheOutcome): string {
  if (outcome.kind === "hit") {
    // On every answer from store, so it is written as it stands: details are words of our own.
    const word = outcome.detail === undefined ? "" : `;detail=${outcome.detail}`;
    return `sluice;hit;ttl=${Math.floor(outcome.ttlMs / 1000)}${word}`;
  }
  const item: Item = [new Token("sluice"), new Map(parameters(outcome))];
  return serializeList([item]);
}

function parameters(
  outcome: Extract<CacheOutcome, { kind: "forward" }>,
): [string, boolean | number | Token][] {
  const { reason, forwardStatus, stored, collapsed } = outcome;
  return [
    ["fwd", new Token(reason)],
    ...(forwardStatus === undefined ? [] : [["fwd-status", forwardStatus] as [string, number]]),
    ...(stored ? [["stored", true] as [string, boolean]] : []),
    ...(collapsed ? [["collapsed", true] as [string, boolean]] : []),
    ...detail(outcome.detail),
  ];
}

function detail(word: string | undefined): [string, Token][] {
  return word === undefined ? [] : [["detail", new Token(word)]];
}
