import { describe, expect, it } from "vitest";
import { expectHeld, outageTrial } from "../support/outage-trial.ts";

/*
 * Promises P1, P3 and P10 while Redis is away for longer than a window: the short form of test/long/outage.test.ts.
 */

const TERMS = {
  limit: 60,
  windowMs: 4000,
  padMs: 1000,
  beforeMs: 8000,
  outageMs: 16_000,
  afterMs: 8000,
  maxWait: "2s",
};

describe("Redis is killed under load and comes back empty", () => {
  it("serves what is stored, sends parts of the quota after a span, and breaks the limit at no time", async () => {
    const outage = await outageTrial(TERMS);
    expectHeld(outage, TERMS);
    expect(outage.failures).not.toEqual({});
  });
});
