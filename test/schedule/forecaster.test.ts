import { describe, expect, it } from "vitest";
import { Forecaster } from "../../src/schedule/forecaster.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { terms } from "../support/ledger-world.ts";
import { outlook, standing } from "../support/outlook.ts";

/** A ledger that each second is asked for so many more units by one consumer. */
function open({ perSecond = 1, failing = false } = {}) {
  const clock = new FakeClock();
  let looks = 0;
  const ledger = {
    async outlook() {
      looks += 1;
      if (failing) throw new StoreFault("away");
      const joined = Math.floor((clock.monotonic() / 1000) * perSecond);
      return outlook({ atMs: clock.monotonic(), consumers: [standing("a", 0, { joined })] });
    },
  };
  const parts = { ledger, clock, terms: () => terms(), maxWaitMs: () => 30_000 };
  const forecaster = new Forecaster(parts);
  const ask = async () => {
    const told = forecaster.forecast(new AbortController().signal);
    await clock.advance(3000);
    return told;
  };
  return { clock, ask, forecaster, looks: () => looks };
}

describe("Forecaster", () => {
  it("measures for three seconds when it is asked first, and looks twice", async () => {
    const { ask, looks } = open({ perSecond: 2 });
    const told = await ask();
    expect(looks()).toBe(2);
    expect(told.measuredMs).toBe(3000);
    expect(told.consumers[0]?.ratePerMs).toBeCloseTo(0.002, 6);
  });

  it("answers at once when it is asked again, with rates over the time between", async () => {
    const { clock, ask, forecaster, looks } = open({ perSecond: 2 });
    await ask();
    await clock.advance(57_000);
    const told = await forecaster.forecast(new AbortController().signal);
    expect(looks()).toBe(3);
    expect(told.measuredMs).toBe(60_000);
  });

  it("begins anew with what it saw more than five minutes ago", async () => {
    const { clock, ask } = open();
    await ask();
    await clock.advance(600_000);
    expect((await ask()).measuredMs).toBe(3000);
  });

  it("rejects where the ledger is out of reach, and with who asks no more", async () => {
    const away = open({ failing: true });
    await expect(away.forecaster.forecast(new AbortController().signal)).rejects.toThrow("away");
    const gone = new AbortController();
    const told = open().forecaster.forecast(gone.signal);
    gone.abort(new Error("left"));
    await expect(told).rejects.toThrow("left");
  });
});
