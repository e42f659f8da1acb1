import { describe, expect, it } from "vitest";
import { z } from "zod";
import { duration, whole } from "../../src/config/scalars.ts";
import { walkSettings } from "../../src/reference/walk-settings.ts";

const describeIt = (schema: z.core.$ZodType) => z.globalRegistry.get(schema)?.description;

function walk(shape: Record<string, z.core.$ZodType>) {
  return walkSettings(z.strictObject(shape), describeIt);
}

describe("walkSettings()", () => {
  it("names members, entries of lists and names of one's own", () => {
    const entry = z.strictObject({ limit: whole(1, 9) });
    const shape = { a: z.record(z.string(), z.strictObject({ list: z.array(entry) })).default({}) };
    expect(walk(shape).map(({ path }) => path)).toEqual([
      "a",
      "a.NAME",
      "a.NAME.list",
      "a.NAME.list[].limit",
    ]);
  });

  it("sees through defaults, options, preprocessing and descriptions to the bounds", () => {
    const wait = z.preprocess(
      (value) => value,
      duration("0", "10m").default(5000).describe("Inner.").optional(),
    );
    expect(walk({ wait: wait.describe("Outer.") })).toEqual([
      {
        path: "wait",
        form: { kind: "duration", from: "0", to: "10m" },
        fallback: 5000,
        required: false,
        description: "Outer.",
      },
    ]);
  });

  it("knows what must be given, and what is one of several", () => {
    const [must, either] = walk({
      must: whole(0, 7).describe("It must."),
      either: z.union([z.literal("auto"), whole(1, 64)]).exactOptional(),
    });
    expect(must).toMatchObject({ required: true, form: { kind: "whole number", to: "7" } });
    expect(either).toMatchObject({
      required: false,
      form: { kind: "either", forms: [{ values: ["auto"] }, { kind: "whole number" }] },
    });
  });
});
