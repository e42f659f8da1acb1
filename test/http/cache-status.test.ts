import { parseList, Token } from "structured-headers";
import { describe, expect, it } from "vitest";
import { cacheStatus, type CacheOutcome } from "../../src/http/cache-status.ts";

type Forward = Extract<CacheOutcome, { kind: "forward" }>;

function forward(changes: Partial<Forward>): Forward {
  return { kind: "forward", reason: "uri-miss", stored: false, collapsed: false, ...changes };
}

describe("cacheStatus()", () => {
  it.each<{ outcome: CacheOutcome; value: string }>([
    { outcome: { kind: "hit", ttlMs: 1999 }, value: "sluice;hit;ttl=1" },
    { outcome: { kind: "hit", ttlMs: 0 }, value: "sluice;hit;ttl=0" },
    { outcome: { kind: "hit", ttlMs: -1500 }, value: "sluice;hit;ttl=-2" },
    {
      outcome: { kind: "hit", ttlMs: 5000, detail: "override" },
      value: "sluice;hit;ttl=5;detail=override",
    },
    {
      outcome: { kind: "hit", ttlMs: -30_000, detail: "revalidating" },
      value: "sluice;hit;ttl=-30;detail=revalidating",
    },
    { outcome: forward({}), value: "sluice;fwd=uri-miss" },
    { outcome: forward({ reason: "stale", stored: true }), value: "sluice;fwd=stale;stored" },
    { outcome: forward({ collapsed: true }), value: "sluice;fwd=uri-miss;collapsed" },
    { outcome: forward({ detail: "no-store" }), value: "sluice;fwd=uri-miss;detail=no-store" },
    {
      outcome: forward({
        reason: "stale",
        forwardStatus: 304,
        stored: true,
        collapsed: true,
        detail: "x",
      }),
      value: "sluice;fwd=stale;fwd-status=304;stored;collapsed;detail=x",
    },
  ])("writes $value (RFC 9211 section 2)", ({ outcome, value }) => {
    expect(cacheStatus(outcome)).toBe(value);
  });

  it.each([
    "bypass",
    "method",
    "uri-miss",
    "vary-miss",
    "miss",
    "request",
    "stale",
    "partial",
  ] as const)(
    "writes the reason %s as a token that others can read (RFC 9211 section 2.2)",
    (reason) => {
      const [item] = parseList(cacheStatus(forward({ reason })));
      expect(item?.[1]).toEqual(new Map([["fwd", new Token(reason)]]));
    },
  );

  it("refuses a detail that would forge a parameter", () => {
    expect(() => cacheStatus(forward({ detail: "x;hit" }))).toThrow("Token");
  });
});
