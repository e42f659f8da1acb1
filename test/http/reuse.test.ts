import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWishes, reuse, type Wishes } from "../../src/http/reuse.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const NONE: Wishes = {
  noCache: false,
  onlyIfCached: false,
  maxAgeMs: undefined,
  minFreshMs: undefined,
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
    { fields: ["Cache-Control", "max-stale=60"], wishes: {} },
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

  it("obeys only-if-cached from everybody, since it spends nothing", () => {
    expect(readWishes(["Cache-Control", "only-if-cached"], false).onlyIfCached).toBe(true);
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
