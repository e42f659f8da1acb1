import { expect, it } from "vitest";
import { z } from "zod";
import { troubleSettings } from "../../src/config/trouble-schema.ts";

const schema = z.strictObject(troubleSettings);

it("troubleSettings have the documented defaults", () => {
  expect(schema.parse({})).toEqual({
    pause: { max: 600_000, margin: 250, first: 1000 },
    circuit: { failures: 0.5, least: 20, window: 30_000, open: 10_000, statuses: [502, 503, 504] },
    maxRetries: 1,
    retryBudget: 0.1,
  });
});

it.each([
  { circuit: { failures: "0" } },
  { circuit: { least: 0 } },
  { circuit: { window: "10ms" } },
  { circuit: { open: "1h" } },
  { circuit: { statuses: [200] } },
  { retryBudget: 1 },
  { maxRetries: 6 },
  { pause: { max: "2d" } },
])("troubleSettings are bounded: %o is refused", (written) => {
  expect(schema.safeParse(written).success).toBe(false);
});
