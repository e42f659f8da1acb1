import { z } from "zod";
import { duration, truth, unitsOrPart } from "./scalars.ts";

/** How an upstream's limits are learned, as it is written. */
export const learnSchema = z
  .strictObject({
    enabled: truth().default(true),
    floor: unitsOrPart(100)
      .default({ unit: "percent", value: 10 })
      .describe("No limit is taken to be lower: units, or a part of the configured one."),
    ceiling: unitsOrPart(1000)
      .default({ unit: "percent", value: 100 })
      .describe("Or higher; the configured limit at least."),
    forget: duration("1m", "7d")
      .default(86_400_000)
      .describe("An endpoint that was not refused for so long has no limit of its own any more."),
  })
  .prefault({})
  .describe("Limits that the API changes, or does not document, are learned.");
