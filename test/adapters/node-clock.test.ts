import { describe, expect, it } from "vitest";
import { nodeClock } from "../../src/adapters/node-clock.ts";

describe("nodeClock", () => {
  it("sleeps until its time", async () => {
    const before = nodeClock.monotonic();
    await nodeClock.sleep(5, new AbortController().signal);
    // A timer may fire up to a millisecond early.
    expect(nodeClock.monotonic() - before).toBeGreaterThanOrEqual(4);
  });

  it("rejects with the signal's own reason, before and during the sleep", async () => {
    const left = new Error("the client left");
    const aborting = new AbortController();
    const sleeping = nodeClock.sleep(60_000, aborting.signal);
    aborting.abort(left);
    await expect(sleeping).rejects.toBe(left);
    await expect(nodeClock.sleep(60_000, aborting.signal)).rejects.toBe(left);
  });
});
