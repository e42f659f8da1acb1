import { describe, expect, it } from "vitest";
import { attempt } from "../../../src/adapters/redis/attempt.ts";
import { StoreFault } from "../../../src/ports/faults.ts";

describe("attempt()", () => {
  it("brings what the command brings", async () => {
    expect(await attempt(Promise.resolve(5))).toBe(5);
  });

  it("raises a fault that says why and holds no command", async () => {
    const error = Object.assign(new Error("why"), { command: { args: ["secret"] } });
    const fault: unknown = await attempt(Promise.reject(error)).catch((raised: unknown) => raised);
    expect(fault).toBeInstanceOf(StoreFault);
    expect(String(fault)).toContain("why");
    expect(fault).toHaveProperty("cause", undefined);
  });

  it("leaves a fault as it is", async () => {
    const fault = new StoreFault("first");
    await expect(attempt(Promise.reject(fault))).rejects.toBe(fault);
  });
});
