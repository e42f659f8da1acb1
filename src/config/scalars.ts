import { z } from "zod";
import { parseBytes, parseDuration } from "./durations.ts";
import { parseRoutePattern } from "./route-pattern.ts";

/*
 * Scalars as they are written: after interpolation everything may be a text, so that numbers and truth
 * values are taken in both forms.
 */

/** How a scalar is written, for the reference. */
export interface WrittenForm {
  readonly kind:
    | "whole number"
    | "true or false"
    | "duration"
    | "part"
    | "size"
    | "text"
    | "media type"
    | "URL"
    | "route";
  /** The bounds, both included, as they would be written. */
  readonly from?: string;
  readonly to?: string;
}

/** The form of each scalar made here. */
export const writtenForms = z.registry<WrittenForm>();

const MS_A_WEEK = 7 * 86_400_000;

/** A whole number between two bounds. */
export function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .union([z.number(), z.string().regex(/^\d+$/, error)], { error })
    .transform(Number)
    .pipe(z.number().int(error).min(least, error).max(most, error))
    .register(writtenForms, { kind: "whole number", from: String(least), to: String(most) });
}

/** true or false. */
export function truth() {
  const error = "must be true or false";
  return z
    .union([z.boolean(), z.enum(["true", "false"])], { error })
    .transform((value) => value === true || value === "true")
    .register(writtenForms, { kind: "true or false" });
}

/** Units, or a part of something as `10%`; `most` bounds the part. */
export function unitsOrPart(most: number) {
  const error = `must be a whole number of units, or a part from 1% to ${most}%`;
  return z
    .union([z.number(), z.string().regex(/^\d{1,7}%?$/, error)], { error })
    .transform(String)
    .transform((value, context) => {
      const unit = value.endsWith("%") ? ("percent" as const) : ("units" as const);
      const number = Number(value.replace("%", ""));
      if (Number.isInteger(number) && number >= 1 && (unit === "units" || number <= most)) {
        return { unit, value: number };
      }
      context.addIssue({ code: "custom", message: error });
      return z.NEVER;
    });
}

/** A part of a whole, above 0 and at most nine tenths, written as 0.1 or 10%. */
export function portion() {
  const error = "must be a part above 0 and up to 0.9, such as 0.1 or 10%";
  return z
    .union([z.number(), z.string().regex(/^\d+(?:\.\d+)?%?$/, error)], { error })
    .transform((value) =>
      typeof value === "string" && value.endsWith("%")
        ? Number(value.slice(0, -1)) / 100
        : Number(value),
    )
    .pipe(z.number().gt(0, error).max(0.9, error))
    .register(writtenForms, { kind: "part", from: "above 0", to: "0.9" });
}

/** A duration in milliseconds, written with its unit; bounded. */
export function duration(least: string, most = "7d") {
  const bounds = [parseDuration(least) ?? 0, parseDuration(most) ?? MS_A_WEEK] as const;
  return scaled(
    parseDuration,
    bounds,
    `must be a duration from ${least} to ${most}, such as 250ms, 30s or 5m`,
  ).register(writtenForms, { kind: "duration", from: least, to: most });
}

/** A size in bytes, written with its unit; bounded. */
export function bytes(least: string, most: string) {
  const bounds = [parseBytes(least) ?? 0, parseBytes(most) ?? 0] as const;
  return scaled(
    parseBytes,
    bounds,
    `must be a size from ${least} to ${most}, such as 64kB or 1MiB`,
  ).register(writtenForms, { kind: "size", from: least, to: most });
}

/** A text that is not empty. */
export function text() {
  return z.string("must be a text").min(1, "must not be empty");
}

/** A media type without parameters, in lower case: the two are compared as wholes. */
export function mediaType() {
  const error = "must be a media type, such as application/json";
  return z
    .string(error)
    .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/, error)
    .toLowerCase()
    .register(writtenForms, { kind: "media type" });
}

/** An absolute http or https URL without credentials, query or fragment. */
export function httpUrl() {
  const error = "must be an http:// or https:// URL without user, query or fragment";
  return z
    .string(error)
    .transform((value, context) => {
      const url = URL.parse(value);
      const plain =
        url &&
        /^https?:$/.test(url.protocol) &&
        `${url.username}${url.password}${url.search}${url.hash}` === "";
      if (plain) return url;
      context.addIssue({ code: "custom", message: error });
      return z.NEVER;
    })
    .register(writtenForms, { kind: "URL" });
}

/** A route's pattern. */
export function routePattern() {
  return z
    .string("must be a route, such as GET /ticket/:id")
    .transform((value, context) => {
      const pattern = parseRoutePattern(value);
      if (typeof pattern !== "string") return { name: value.trim(), pattern };
      context.addIssue({ code: "custom", message: pattern });
      return z.NEVER;
    })
    .register(writtenForms, { kind: "route" });
}

/** What a consumer may ask for: a route's pattern without a query. */
export function allowedPattern() {
  const message = "names methods and a path, and no query";
  return routePattern()
    .refine(({ pattern }) => pattern.query === undefined, message)
    .register(writtenForms, { kind: "route" });
}

function scaled(
  read: (text: string) => number | undefined,
  [least, most]: readonly [number, number],
  error: string,
) {
  return z.string(error).transform((value, context) => {
    const amount = read(value);
    if (amount !== undefined && amount >= least && amount <= most) return amount;
    context.addIssue({ code: "custom", message: error });
    return z.NEVER;
  });
}
