import { z } from "zod";
import type { StoredConsumer } from "../ports/consumers.ts";

/*
 * A consumer as stores keep it: JSON with a format number. What is read is checked as if it came from a stranger,
 * since it decides who is let in: an entry that is not whole counts as nobody.
 */

/** Raise it when a reader of the present format could not understand the next one. */
const FORMAT = 1;

const instant = z.number().int().nonnegative();

const schema = z
  .strictObject({
    format: z.literal(FORMAT),
    name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/),
    keys: z
      .array(
        z.strictObject({
          digest: z.string().regex(/^[0-9a-f]{64}$/),
          untilAt: z.exactOptional(instant),
        }),
      )
      .min(1)
      .max(10),
    enabled: z.boolean(),
    weight: z.number().int().min(1).max(1000),
    priority: z.number().int().min(0).max(7),
    allow: z
      .array(
        z.strictObject({ methods: z.array(z.string()).max(20), path: z.string().startsWith("/") }),
      )
      .max(100),
    cap: z.exactOptional(
      z.strictObject({ limit: z.number().int().min(1), windowMs: z.number().int().min(1) }),
    ),
    maxWaitMs: z.exactOptional(instant),
    mayForce: z.boolean(),
    createdAt: instant,
    changedAt: instant,
  })
  .transform(({ format: _format, ...consumer }): StoredConsumer => consumer);

/** The text that a store keeps. */
export function writeConsumer(consumer: StoredConsumer): string {
  return JSON.stringify({ format: FORMAT, ...consumer });
}

/** The consumer in a text that a store kept under `name`; `undefined` where it is damaged or of another format. */
export function readConsumer(name: string, text: string): StoredConsumer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = schema.safeParse(value);
  return read.success && read.data.name === name ? read.data : undefined;
}
