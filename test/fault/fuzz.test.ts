import { describe, expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";

describe("hostile input", () => {
  it("crashes nothing, hangs nowhere, tells no key and sends nothing that was not meant", async () => {
    const seed = Math.floor(Math.random() * 1_000_000_000);
    const figures = await fuzz({ inputs: 2000, seed });
    expect({ seed, faults: figures.faults }).toEqual({ seed, faults: [] });
    // It reaches every part: answers of the upstream, refusals of each kind, and what is no request.
    expect(figures.forwarded).toBeGreaterThan(20);
    for (const status of [200, 400, 401, 404]) {
      expect(figures.statuses[status], `status ${status}`).toBeGreaterThan(0);
    }
  }, 60_000);
});
