import { expect, it } from "vitest";
import { learnSchema } from "../../src/config/learn-schema.ts";

const part = (value: number) => ({ unit: "percent", value });

it("learnSchema has the documented defaults, and takes units or parts", () => {
  const defaults = { enabled: true, floor: part(10), ceiling: part(100), forget: 86_400_000 };
  expect(learnSchema.parse({})).toEqual(defaults);
  expect(learnSchema.parse({ floor: 30, ceiling: "150%" })).toMatchObject({
    floor: { unit: "units", value: 30 },
    ceiling: part(150),
  });
  expect(learnSchema.safeParse({ forget: "1s" }).success).toBe(false);
});
