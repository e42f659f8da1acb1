import { describe, expect, it } from "vitest";
import { machineClock } from "../../../src/adapters/sqlite/machine-clock.ts";

describe("machineClock", () => {
  it("counts microseconds and never goes back", () => {
    const first = machineClock.micros();
    const second = machineClock.micros();
    expect(second).toBeGreaterThanOrEqual(first);
    expect(second - first).toBeLessThan(1_000_000);
  });

  it("names the boot", () => {
    expect(machineClock.boot).not.toBe("");
  });
});
