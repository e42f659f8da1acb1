import { describe, expect, it } from "vitest";
import { until } from "../src/until.ts";
import { FakeClock } from "./support/fake-clock.ts";

describe("until()", () => {
  it("aborts at the deadline, not before", async () => {
    const clock = new FakeClock();
    using patience = until(1000, clock);
    await clock.advance(999);
    expect(patience.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(patience.signal.aborted).toBe(true);
  });

  it("aborts no more once it is disposed of", async () => {
    const clock = new FakeClock();
    const patience = until(1000, clock);
    patience[Symbol.dispose]();
    await clock.advance(2000);
    expect(patience.signal.aborted).toBe(false);
  });
});
