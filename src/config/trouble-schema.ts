import { z } from "zod";
import { duration, portion, whole } from "./scalars.ts";

/*
 * What becomes of everybody when an upstream refuses or fails.
 */

const circuitSchema = z.strictObject({
  failures: portion().default(0.5),
  least: whole(1, 10_000).default(20),
  window: duration("1s", "10m").default(30_000),
  open: duration("0", "10m").default(10_000),
  statuses: z.array(whole(400, 599)).default([502, 503, 504]),
});

/** Settings of an upstream for the time when it refuses or fails. */
export const troubleSettings = {
  pause: z
    .strictObject({
      max: duration("1s", "1d").default(600_000),
      margin: duration("0", "1m").default(250),
      first: duration("10ms", "10m").default(1000),
    })
    .prefault({}),
  circuit: circuitSchema.prefault({}),
  maxRetries: whole(0, 5).default(1),
  retryBudget: portion().default(0.1),
};

/** A circuit after the schema. */
export type WrittenCircuit = z.output<typeof circuitSchema>;
