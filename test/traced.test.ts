import { describe, expect, it } from "vitest";
import { traced } from "../src/traced.ts";
import type { StepName } from "../src/ports/tracing.ts";

function trace() {
  const told: unknown[] = [];
  const step = (name: StepName) => {
    told.push(name);
    return { fields: [], end: (result: unknown) => void told.push(result) };
  };
  return { told, trace: { step, end: () => {} } };
}

describe("traced()", () => {
  it("does the work within a step, and ends it with what went wrong", async () => {
    const { told, trace: given } = trace();
    expect(await traced({ trace: given }, "lookup", async () => 5)).toBe(5);
    const error = new Error("no");
    await expect(traced({ trace: given }, "queue", () => Promise.reject(error))).rejects.toBe(
      error,
    );
    expect(told).toEqual(["lookup", {}, "queue", { error }]);
  });

  it("just does the work where nobody traces", async () => {
    expect(await traced({}, "lookup", async () => 5)).toBe(5);
  });
});
