import { z } from "zod";
import { duration, truth } from "../config/scalars.ts";
import { consumerSchema, nameSchema } from "../config/schema.ts";
import type { ConsumerTerms } from "../ports/consumers.ts";
import type { Cap } from "../ports/bounds.ts";
import type { Refused } from "./orders.ts";

/*
 * What the bodies of the orders about consumers mean: names, bounds and defaults are those of the configuration.
 */

/** A consumer to be made. */
export interface CreateOrder {
  readonly name: string;
  readonly terms: ConsumerTerms;
}

/** What of a consumer changes; what is absent stays. */
export type PatchOrder = Partial<Omit<ConsumerTerms, "maxWaitMs" | "cap">> & {
  /** `null`: no cap any more. */
  readonly cap?: Cap | null;
  /** `null`: no bound of its own any more. */
  readonly maxWaitMs?: number | null;
  readonly enabled?: boolean;
};

/** How long the keys that a new one replaces stay valid. */
export interface RotateOrder {
  readonly overlapMs: number;
}

type WrittenCap = { readonly limit: number; readonly window: number };

/** Bounds on an allow-list, so that a thousand consumers stay small. */
const MOST_PATTERNS = 50;
const LONGEST_PATTERN = 200;

const termsSchema = consumerSchema.omit({ key: true });
const createSchema = termsSchema.extend({ name: nameSchema });
// What is not given has no default here: it stays as it is.
const { weight, priority, allow, cap, mayForce } = consumerSchema.shape;
const patchSchema = z.strictObject({
  enabled: z.exactOptional(truth()),
  weight: z.exactOptional(weight.unwrap()),
  priority: z.exactOptional(priority.unwrap()),
  allow: z.exactOptional(allow.unwrap()),
  cap: z.exactOptional(cap.unwrap().nullable()),
  maxWait: z.exactOptional(duration("0", "10m").nullable()),
  mayForce: z.exactOptional(mayForce.unwrap()),
});
const rotateSchema = z.strictObject({ overlap: duration("0", "30d").default(86_400_000) });
const gateSchema = z.strictObject({ open: z.literal(true, "must be true") });

/** Reads `{name, weight?, priority?, allow?, cap?, maxWait?, mayForce?}`. */
export function readCreate(body: unknown): CreateOrder | Refused {
  const read = readAs(createSchema, body);
  if ("refused" in read) return read;
  const { name, allow: routes, cap: most, maxWait, ...rest } = read.order;
  const patterns = patternsOf(routes);
  if ("refused" in patterns) return patterns;
  const bound = maxWait === undefined ? {} : { maxWaitMs: maxWait };
  return { name, terms: { ...rest, ...patterns, ...capIn(most), ...bound } };
}

/** Reads `{enabled?, weight?, priority?, allow?, cap?, maxWait?, mayForce?}`, at least one of them. */
export function readPatch(body: unknown): PatchOrder | Refused {
  const read = readAs(patchSchema, body);
  if ("refused" in read) return read;
  const { allow: routes, cap: most, maxWait, ...rest } = read.order;
  if (Object.keys(read.order).length === 0) return { refused: "Say what is to change." };
  const patterns: Partial<Pick<ConsumerTerms, "allow">> | Refused = routes
    ? patternsOf(routes)
    : {};
  if ("refused" in patterns) return patterns;
  const none = most === null ? { cap: null } : capIn(most);
  return {
    ...rest,
    ...patterns,
    ...none,
    ...(maxWait === undefined ? {} : { maxWaitMs: maxWait }),
  };
}

/** Reads `{overlap?}`; without it a day. */
export function readRotate(body: unknown): RotateOrder | Refused {
  const read = readAs(rotateSchema, body);
  return "refused" in read ? read : { overlapMs: read.order.overlap };
}

/** Reads `{open: true}`. */
export function readGate(body: unknown): { readonly open: true } | Refused {
  const read = readAs(gateSchema, body);
  return "refused" in read ? read : { open: true };
}

function readAs<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): { readonly order: z.output<Schema> } | Refused {
  const read = schema.safeParse(body);
  if (read.success) return { order: read.data };
  const told = read.error.issues.slice(0, 10).map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join(".")}: ${message}`;
  });
  return { refused: `${told.join("; ")}.` };
}

function capIn(written: WrittenCap | undefined): { readonly cap?: Cap } {
  return written === undefined ? {} : { cap: { limit: written.limit, windowMs: written.window } };
}

function patternsOf(
  routes: readonly { readonly name: string; readonly pattern: ConsumerTerms["allow"][number] }[],
): Pick<ConsumerTerms, "allow"> | Refused {
  if (routes.length > MOST_PATTERNS || routes.some(({ name }) => name.length > LONGEST_PATTERN)) {
    const refused = `allow: must be ${MOST_PATTERNS} routes at most, of ${LONGEST_PATTERN} characters each.`;
    return { refused };
  }
  return { allow: routes.map(({ pattern }) => pattern) };
}
