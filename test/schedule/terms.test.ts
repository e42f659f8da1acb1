import { expect, it } from "vitest";
import { changeTerms, shadowTermsOf, termsOf } from "../../src/schedule/terms.ts";
import { upstream } from "../support/settings.ts";

it("termsOf() takes a forward for lost when its own time-outs are over, and a while", () => {
  const api = upstream({ queue: { maxWaitMs: 1, maxLength: 7 }, concurrency: 3 });
  expect(termsOf(api)).toMatchObject({
    upstream: "api",
    quotas: api.quotas,
    concurrency: 3,
    maxWaiting: 7,
    forwardMs: 2000 + 5000 + 5000 + 5000,
    firstPauseMs: 1000,
    maxPauseMs: 600_000,
  });
});

it("changeTerms() changes what everybody holds who was given the terms", () => {
  const held = termsOf(upstream());
  const quotas = [{ name: "api", limit: 5, windowMs: 1000, padMs: 100 }];
  changeTerms(held, upstream({ quotas, concurrency: 9 }));
  expect(held).toEqual(termsOf(upstream({ quotas, concurrency: 9 })));
  expect(JSON.parse(JSON.stringify(held))).toMatchObject({ quotas, concurrency: 9 });
});

it("shadowTermsOf() has the real terms but the quotas, in a ledger whose name no upstream can have", () => {
  const api = upstream({ concurrency: 3 });
  const quotas = [{ name: "api", limit: 7, windowMs: 1000, padMs: 10 }];
  const { upstream: name, concurrency, ...terms } = shadowTermsOf(api, { quotas, weights: {} });
  const { upstream: _, concurrency: __, ...real } = termsOf(api);
  expect(name).not.toMatch(/^[\w.-]+$/);
  expect(concurrency).toBeGreaterThan(1000);
  expect(terms).toEqual({ ...real, quotas });
});
