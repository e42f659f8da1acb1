import { describe, expect, it } from "vitest";
import { readWishes } from "../../src/http/reuse.ts";
import { mayServeStale, type StaleOccasion } from "../../src/http/stale.ts";
import { storedResponse } from "../support/stored-response.ts";

const NOW = Date.UTC(2026, 5, 15, 12);

interface Case {
  readonly says?: string;
  readonly asks?: string;
  /** Since it was received, with a lifetime of 60 s. */
  readonly afterMs: number;
  readonly overridden?: boolean;
}

function served(occasion: StaleOccasion, { says = "", asks = "", afterMs, overridden }: Case) {
  const stored = storedResponse({
    fields: ["Cache-Control", says],
    requestedAt: NOW,
    receivedAt: NOW,
    lifetimeMs: 60_000,
    overridden: overridden ?? false,
    staleWhileRevalidateMs: 10_000,
    staleIfErrorMs: 30_000,
  });
  const wishes = readWishes(["Cache-Control", asks], true);
  return mayServeStale(stored, wishes, { now: NOW + afterMs, occasion });
}

describe("mayServeStale()", () => {
  it.each([
    { occasion: "revalidating", afterMs: 60_000, is: true },
    { occasion: "revalidating", afterMs: 70_000, is: true },
    { occasion: "revalidating", afterMs: 70_001, is: false },
    { occasion: "error", afterMs: 90_000, is: true },
    { occasion: "error", afterMs: 90_001, is: false },
    { occasion: "error", afterMs: 0, is: true },
  ] as const)("when $occasion after $afterMs ms is $is (RFC 5861)", ({ occasion, afterMs, is }) => {
    expect(served(occasion, { afterMs })).toBe(is);
    expect(served(occasion, { afterMs, overridden: true })).toBe(is);
  });

  it.each(["must-revalidate", "proxy-revalidate", "s-maxage=60", "no-cache"])(
    "is false in spite of every wish where the origin says %s (RFC 9111 section 4.2.4)",
    (says) => {
      const asks = "max-stale, stale-if-error=999";
      expect(served("error", { says, asks, afterMs: 60_000 })).toBe(false);
      expect(served("revalidating", { says, asks, afterMs: 60_000 })).toBe(false);
    },
  );

  it("is true while it is fresh after all, whatever would hold later", () => {
    expect(served("error", { says: "must-revalidate", afterMs: 59_999 })).toBe(true);
  });

  it("counts the route's windows where the route overrides such words", () => {
    const php = "no-store, no-cache, must-revalidate";
    expect(served("error", { says: php, afterMs: 90_000, overridden: true })).toBe(true);
    expect(served("error", { says: php, afterMs: 90_001, overridden: true })).toBe(false);
  });

  it.each(["no-cache", "max-age=3600", "min-fresh=1", "max-age=65, max-stale"])(
    "is false where the request says %s (RFC 9111 section 5.2.1)",
    (asks) => {
      expect(served("error", { asks, afterMs: 65_000 })).toBe(false);
      expect(served("revalidating", { asks, afterMs: 65_000 })).toBe(false);
    },
  );

  it.each([
    { asks: "max-stale", occasion: "revalidating", afterMs: 1e9, is: true },
    { asks: "max-stale=20", occasion: "revalidating", afterMs: 80_000, is: true },
    { asks: "max-stale=20", occasion: "revalidating", afterMs: 80_001, is: false },
    { asks: "max-stale=20, max-age=100", occasion: "revalidating", afterMs: 80_000, is: true },
    { asks: "stale-if-error=60", occasion: "error", afterMs: 120_000, is: true },
    { asks: "stale-if-error=60", occasion: "error", afterMs: 120_001, is: false },
    { asks: "stale-if-error=60", occasion: "revalidating", afterMs: 70_001, is: false },
    { asks: "stale-if-error=0", occasion: "error", afterMs: 60_001, is: false },
  ] as const)(
    "by $asks when $occasion after $afterMs ms is $is (RFC 9111 section 5.2.1.2, RFC 5861 section 4)",
    ({ asks, occasion, afterMs, is }) => {
      expect(served(occasion, { asks, afterMs })).toBe(is);
    },
  );
});
