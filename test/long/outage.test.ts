import { describe, expect, it } from "vitest";
import { expectHeld, outageTrial, type OutageTerms } from "../support/outage-trial.ts";

/*
 * 150 s without Redis under load (P1, P3, P10). The figures are printed, since docs/reliability.md tells them.
 */

const QUICK: OutageTerms = {
  limit: 60,
  windowMs: 6000,
  padMs: 1000,
  beforeMs: 15_000,
  outageMs: 150_000,
  afterMs: 30_000,
  maxWait: "4s",
};

/** As ClientExec has it. */
const WHOLE: OutageTerms = {
  ...QUICK,
  limit: 200,
  windowMs: 60_000,
  beforeMs: 75_000,
  afterMs: 70_000,
  maxWait: "20s",
};

describe("150 s without Redis", () => {
  it.each([
    ["60 in 6 s", QUICK],
    ["200 in 60 s", WHOLE],
  ])("break no promise, at %s", async (name, terms) => {
    const outage = await outageTrial(terms);
    process.stdout.write(`${name}: ${JSON.stringify(outage)}\n`);
    expectHeld(outage, terms);
    expect(outage.failures).not.toEqual({});
  });
});
