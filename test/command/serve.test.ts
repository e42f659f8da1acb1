import { describe, expect, it } from "vitest";
import { serve } from "../../src/command/serve.ts";
import { sluice } from "../support/command-line.ts";

describe("serve", () => {
  it("is what an unnamed command means, and ends with 78 where the configuration cannot be used", async () => {
    for (const words of [["serve"], [], ["--no-follow"]]) {
      const told = await sluice(words);
      expect(told).toMatchObject({ code: 78, out: "" });
      expect(told.err).toContain("SLUICE_UPSTREAM_URL");
    }
    expect(serve.name).toBe("serve");
  });
});
