import { expect, it } from "vitest";
import { termsOf } from "../../src/schedule/terms.ts";
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
