import { describe, expect, it } from "vitest";
import { patiently, START_MS } from "../../src/adapters/patiently.ts";
import { StoreFault } from "../../src/ports/faults.ts";

/** A clock that only sleepers move. */
function clockOfSleepers() {
  let now = 0;
  return {
    monotonic: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
}

/** Fails in these ways, one after the other, and then brings "well"; the last way stays where it `lasts`. */
function failing(errors: Error[], lasts = false) {
  let calls = 0;
  const ask = async (): Promise<string> => {
    const error = errors[lasts ? Math.min(calls, errors.length - 1) : calls];
    calls += 1;
    if (error) throw error;
    return "well";
  };
  return { ask, calls: () => calls };
}

describe("patiently()", () => {
  it("asks again where the store fails", async () => {
    const { ask, calls } = failing([new StoreFault("a"), new StoreFault("b")]);
    expect(await patiently(ask, clockOfSleepers())).toBe("well");
    expect(calls()).toBe(3);
  });

  it("raises the last fault when it has been patient for long enough", async () => {
    const clock = clockOfSleepers();
    const { ask } = failing([new StoreFault("a"), new StoreFault("still")], true);
    await expect(patiently(ask, clock)).rejects.toThrow("still");
    expect(clock.monotonic()).toBe(START_MS);
  });

  it("raises anything else at once", async () => {
    const { ask, calls } = failing([new Error("set maxmemory-policy")]);
    await expect(patiently(ask, clockOfSleepers())).rejects.toThrow("maxmemory-policy");
    expect(calls()).toBe(1);
  });
});
