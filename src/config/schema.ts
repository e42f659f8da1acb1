import { z } from "zod";
import { allowedPattern, bytes, duration, httpUrl, text, truth, whole } from "./scalars.ts";
import { upstreamSchema } from "./upstream-schema.ts";

/*
 * The truth about the configuration: names, types, defaults, bounds. config/sluice.schema.json is written
 * from it; config/sluice.yaml explains it.
 */

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** The name of an upstream or a consumer. */
export const nameSchema = z
  .string("must be a text")
  .regex(NAME, "a name is letters, digits, dots, dashes and underscores, 64 at most");

const named = <Schema extends z.ZodType>(schema: Schema) => z.record(nameSchema, schema);

/** An optional value that an empty variable leaves out. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

/** A consumer as it is written. */
export const consumerSchema = z.strictObject({
  key: z.string("must be a text").min(8, "must have at least 8 characters"),
  weight: whole(1, 1000).default(1).describe("Share of the quota, relative to the others'."),
  priority: whole(0, 7).default(3).describe("Urgency of its requests (RFC 9218), 0 first."),
  allow: z.array(allowedPattern()).default([]).describe("What it may ask for; empty: everything."),
  cap: z
    .strictObject({ limit: whole(1, 100_000), window: duration("100ms", "1d") })
    .optional()
    .describe("What it may take at most of each upstream's quotas, whatever its share."),
  maxWait: duration("0", "10m").optional().describe("Bounds its wait below the upstream's."),
  mayForce: truth().default(false).describe("May bypass what is stored by Cache-Control."),
});

/** The whole configuration file. */
export const configSchema = z.strictObject({
  listen: z
    .strictObject({
      host: text().default("127.0.0.1"),
      port: whole(0, 65_535).default(8080),
      publicUrl: optional(httpUrl()).describe(
        "This gateway as clients see it, for Location and Link.",
      ),
    })
    .prefault({}),
  admin: z
    .strictObject({
      host: text().default("127.0.0.1"),
      port: whole(0, 65_535).default(8081),
      token: z.string().default(""),
      readToken: z
        .string()
        .default("")
        .describe("Of those who may look and change nothing; needs a token beside it."),
    })
    .prefault({}),
  workers: z
    .union([z.literal("auto"), whole(1, 64)], "must be auto or a whole number from 1 to 64")
    .default(1),
  open: truth().default(false),
  drain: duration("0", "10m").default(10_000),
  store: z
    .strictObject({
      redis: z
        .string()
        .regex(
          /^(?:$|rediss?:\/\/|sentinel:\/\/|cluster(?:\+tls)?:\/\/)/,
          "must be empty, or begin with redis://, rediss://, sentinel://, cluster:// or cluster+tls://",
        )
        .default(""),
      file: text().default("./data/sluice.db"),
      prefix: z
        .string()
        .regex(/^[\w.-]{1,32}$/, "must be letters, digits, dots and dashes, 32 at most")
        .default("sluice"),
      maxBytes: bytes("1MB", "100GB")
        .default(268_435_456)
        .describe("All stored responses together; beyond it the least recently used go."),
      nearBytes: bytes("0", "10GB")
        .default(33_554_432)
        .describe("What each process holds of them in memory; 0: nothing."),
      onLoss: z.enum(["share", "closed"], "must be share or closed").default("share"),
    })
    .prefault({}),
  limits: z
    .strictObject({
      fieldBytes: bytes("1kB", "1MB").default(16_000),
      bodyBytes: bytes("0", "1GB").default(10_000_000),
      replayBytes: bytes("0", "10MB").default(64_000),
      head: duration("100ms", "10m").default(10_000),
      connections: whole(1, 1_000_000).default(10_000),
      wrongKeys: whole(1, 1_000_000).default(60),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(
          ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
          "must be a pino level",
        )
        .default("info"),
      pretty: z.union([z.literal("auto"), truth()], "must be auto, true or false").default("auto"),
    })
    .prefault({}),
  upstreams: named(upstreamSchema),
  consumers: named(consumerSchema).default({}),
  acceptAppKeyAs: optional(text()),
});

/** A configuration after the schema. */
export type Written = z.output<typeof configSchema>;
