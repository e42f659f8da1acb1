import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayBeStale, meetsWishes, readWishes, reuse, type Wishes } from "../../src/http/reuse.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const NONE: Wishes = {
  noCache: false,
  onlyIfCached: false,
  maxAgeMs: undefined,
  minFreshMs: undefined,
  maxStaleMs: undefined,
  staleIfErrorMs: undefined,
};

function stored(lifetimeMs: number, fields: string[] = []): StoredResponse {
  const times = { requestedAt: NOW, receivedAt: NOW };
  return storedResponse({ lifetimeMs, fields, ...times, overridden: false });
}

describe("readWishes()", () => {
  it.each([
    { fields: [], wishes: {} },
    { fields: ["Cache-Control", "no-cache"], wishes: { noCache: true } },
    { fields: ["cache-control", "NO-CACHE"], wishes: { noCache: true } },
    { fields: ["Cache-Control", "max-age=0"], wishes: { maxAgeMs: 0 } },
    { fields: ["Cache-Control", "max-age=x"], wishes: { maxAgeMs: 0 } },
    { fields: ["Cache-Control", "min-fresh=5"], wishes: { minFreshMs: 5000 } },
    { fields: ["Cache-Control", "max-stale=60"], wishes: { maxStaleMs: 60_000 } },
    { fields: ["Cache-Control", "Max-Stale"], wishes: { maxStaleMs: Infinity } },
    { fields: ["Cache-Control", "max-stale=x"], wishes: { maxStaleMs: 0 } },
    { fields: ["Cache-Control", "stale-if-error=9"], wishes: { staleIfErrorMs: 9000 } },
    { fields: ["Pragma", "no-cache"], wishes: { noCache: true } },
    { fields: ["Pragma", "x, No-Cache"], wishes: { noCache: true } },
    { fields: ["Pragma", "no-cache", "Cache-Control", "max-age=9"], wishes: { maxAgeMs: 9000 } },
    { fields: ["Cache-Control", "only-if-cached"], wishes: { onlyIfCached: true } },
  ])("reads $fields as $wishes (RFC 9111 sections 5.2.1, 5.4)", ({ fields, wishes }) => {
    expect(readWishes(fields, true)).toEqual({ ...NONE, ...wishes });
  });

  it.each([
    [["Cache-Control", "no-cache, max-age=0, min-fresh=99999"]],
    [["Pragma", "no-cache"]],
    [["Cache-Control", "max-age"]],
  ])("lets nobody spend quota by %j who may not", (fields) => {
    expect(readWishes(fields, false)).toEqual(NONE);
  });

  it("obeys from everybody what spends nothing", () => {
    const fields = ["Cache-Control", "only-if-cached, max-stale=1, stale-if-error=2"];
    const wishes = { onlyIfCached: true, maxStaleMs: 1000, staleIfErrorMs: 2000 };
    expect(readWishes(fields, false)).toEqual({ ...NONE, ...wishes });
  });
});

describe("reuse()", () => {
  const fresh = { kind: "fresh" };
  const stale = { kind: "forward", reason: "stale" };
  const request = { kind: "forward", reason: "request" };

  it.each([
    { what: "before its lifetime has passed", after: 59_999, wishes: {}, verdict: fresh },
    { what: "when its age is its lifetime", after: 60_000, wishes: {}, verdict: stale },
    { what: "after its lifetime", after: 60_001, wishes: {}, verdict: stale },
    { what: "with no-cache", after: 0, wishes: { noCache: true }, verdict: request },
    { what: "with no-cache when stale", after: 60_000, wishes: { noCache: true }, verdict: stale },
    { what: "younger than max-age", after: 4999, wishes: { maxAgeMs: 5000 }, verdict: fresh },
    { what: "older than max-age", after: 5001, wishes: { maxAgeMs: 5000 }, verdict: request },
    { what: "with max-age=0", after: 0, wishes: { maxAgeMs: 0 }, verdict: request },
    { what: "with min-fresh left", after: 50_000, wishes: { minFreshMs: 10_000 }, verdict: fresh },
    { what: "without it", after: 50_001, wishes: { minFreshMs: 10_000 }, verdict: request },
    { what: "with min-fresh beyond", after: 0, wishes: { minFreshMs: 60_001 }, verdict: request },
  ])("is $verdict $what (RFC 9111 sections 4.2, 5.2.1)", ({ after, wishes, verdict }) => {
    expect(reuse(stored(60_000), { ...NONE, ...wishes }, NOW + after)).toMatchObject(verdict);
  });

  it("counts the age that a response came with", () => {
    expect(reuse(stored(60_000, ["Age", "60"]), NONE, NOW)).toEqual(stale);
    const old = reuse(stored(60_000, ["Age", "50"]), NONE, NOW);
    expect(old).toEqual({ kind: "fresh", ageMs: 50_000, ttlMs: 10_000 });
  });

  it.each([
    { what: "within max-stale", after: 70_000, wishes: { maxStaleMs: 10_000 }, ttlMs: -10_000 },
    { what: "whatever its age", after: 1e9, wishes: { maxStaleMs: Infinity }, ttlMs: 60_000 - 1e9 },
    { what: "in the instant it ends", after: 60_000, wishes: { maxStaleMs: 0 }, ttlMs: 0 },
    {
      what: "within max-stale and max-age",
      after: 70_000,
      wishes: { maxStaleMs: 10_000, maxAgeMs: 80_000 },
      ttlMs: -10_000,
    },
  ])("serves a stale response $what (RFC 9111 section 5.2.1.2)", ({ after, wishes, ttlMs }) => {
    const verdict = reuse(stored(60_000), { ...NONE, ...wishes }, NOW + after);
    expect(verdict).toEqual({ kind: "stale", ageMs: after, ttlMs });
  });

  it.each([
    { what: "beyond max-stale", after: 70_001, wishes: {} },
    { what: "with no-cache", after: 61_000, wishes: { noCache: true } },
    { what: "beyond max-age", after: 61_000, wishes: { maxAgeMs: 61_000 } },
    { what: "with min-fresh", after: 61_000, wishes: { minFreshMs: 0 } },
  ])("forwards a stale response $what in spite of max-stale", ({ after, wishes }) => {
    const all = { ...NONE, maxStaleMs: 10_000, ...wishes };
    expect(reuse(stored(60_000), all, NOW + after)).toEqual(stale);
  });

  it.each(["must-revalidate", "Proxy-Revalidate", "s-maxage=60", "no-cache", 'no-cache="x"'])(
    "lets max-stale beat nothing of %s (RFC 9111 section 4.2.4)",
    (directive) => {
      const all = { ...NONE, maxStaleMs: Infinity };
      const given = stored(60_000, ["Cache-Control", directive]);
      expect(reuse(given, all, NOW + 60_000)).toEqual(stale);
      const targeted = stored(60_000, ["CDN-Cache-Control", directive.toLowerCase()]);
      expect(reuse(targeted, all, NOW + 60_000)).toEqual(stale);
    },
  );

  it("has no stale answer for Pragma: no-cache", () => {
    const given = stored(0, ["Pragma", "no-cache"]);
    expect(reuse(given, { ...NONE, maxStaleMs: Infinity }, NOW)).toEqual(stale);
  });

  it.each([0, -1])("never serves a response with a lifetime of %d", (lifetimeMs) => {
    expect(reuse(stored(lifetimeMs), NONE, NOW)).toEqual(stale);
    expect(reuse(stored(lifetimeMs), NONE, NOW - 10_000)).toEqual(stale);
  });

  it("serves only what is fresh and as every wish has it; what has gone stale stays so", () => {
    const ms = fc.integer({ min: 0, max: 100_000 });
    const wish = fc.option(ms, { nil: undefined });
    fc.assert(
      fc.property(fc.tuple(ms, ms, ms), wish, wish, (spans, maxAgeMs, minFreshMs) => {
        const [lifetimeMs, after, later] = spans;
        const wishes = { ...NONE, maxAgeMs, minFreshMs };
        const verdict = reuse(stored(lifetimeMs), wishes, NOW + after);
        const { ageMs, ttlMs } =
          verdict.kind === "fresh" ? verdict : { ageMs: 0, ttlMs: lifetimeMs };
        expect(ageMs + ttlMs).toBe(lifetimeMs);
        const asWished = ttlMs > 0 && ageMs <= (maxAgeMs ?? ageMs) && ttlMs >= (minFreshMs ?? 0);
        expect(verdict.kind === "forward" || asWished).toBe(true);
        const again = reuse(stored(lifetimeMs), wishes, NOW + after + later);
        expect([verdict.kind, again.kind]).not.toEqual(["forward", "fresh"]);
      }),
    );
  });
});

describe("mayBeStale()", () => {
  it("is false where the origin forbids it, unless the route has overridden the origin", () => {
    const fields = ["Cache-Control", "no-store, no-cache, must-revalidate"];
    expect(mayBeStale({ fields, overridden: false })).toBe(false);
    expect(mayBeStale({ fields, overridden: true })).toBe(true);
    expect(mayBeStale({ fields: [], overridden: false })).toBe(true);
  });
});

describe("meetsWishes()", () => {
  it("takes max-age for a wish to have nothing stale, unless max-stale says otherwise", () => {
    const times = { ageMs: 5000, ttlMs: 0 };
    expect(meetsWishes(times, { ...NONE, maxAgeMs: 9000 })).toBe(false);
    expect(meetsWishes(times, { ...NONE, maxAgeMs: 9000, maxStaleMs: 1 })).toBe(true);
    expect(meetsWishes(times, NONE)).toBe(true);
  });
});
