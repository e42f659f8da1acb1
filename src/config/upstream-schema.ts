import { z } from "zod";
import { learnSchema } from "./learn-schema.ts";
import {
  bytes,
  duration,
  httpUrl,
  mediaType,
  portion,
  routePattern,
  text,
  truth,
  whole,
} from "./scalars.ts";
import { troubleSettings } from "./trouble-schema.ts";

/* One upstream, as it is written. Defaults stand here; a preset's values go before them, the file's before those. */

const keySchema = z
  .strictObject({
    in: z
      .enum(["query", "header", "basic", "form"], "must be query, header, basic or form")
      .exactOptional(),
    name: text().exactOptional().describe("Parameter or field name."),
    username: z.string().exactOptional().describe("For basic: the user; the key is the password."),
    password: z.string().exactOptional(),
    value: z.string().exactOptional().describe("The key itself, usually from the environment."),
    valueFile: text()
      .exactOptional()
      .describe("A file that holds the key, beside this file or absolute."),
  })
  .describe("Where the API wants its key.");

const quotaSchema = z.strictObject({
  limit: whole(1, 100_000).describe("Units in any rolling window."),
  window: duration("100ms", "1d"),
  pad: duration("1ms", "10m")
    .default(1000)
    .describe(
      "Added to the window against jitter of delivery: times from here to the API may differ by it.",
    ),
});

const quotasSchema = z
  .array(quotaSchema)
  .min(1, "needs at least one quota")
  .max(4, "takes at most four quotas");

const shadowSchema = z
  .strictObject({
    quotas: quotasSchema.exactOptional().describe("Absent: the real ones."),
    weights: z
      .record(text(), whole(1, 1000))
      .default({})
      .describe("By consumer; those who are not named keep theirs."),
  })
  .describe("Tried beside the real terms: GET /shadow tells who would have waited how long.");

const routeQuotaSchema = z
  .strictObject({
    limit: whole(1, 100_000).describe("Units in any rolling window."),
    window: duration("100ms", "1d"),
    pad: duration("1ms", "10m").exactOptional().describe("As the upstream's; without it the same."),
    name: text()
      .exactOptional()
      .describe("Routes that give the same name share it; without it the route has it alone."),
  })
  .describe("What requests here may take at most of the upstream's quotas.");

const reserveSchema = z
  .strictObject({
    share: portion().describe("Part of each quota: 0.1 or 10%."),
    urgency: whole(0, 6)
      .default(2)
      .describe("Who may take it: requests of this urgency or a lesser number (RFC 9218)."),
  })
  .describe("Kept of each quota for urgent requests.");

const markSchema = z.strictObject({ member: text(), is: truth() });

const maxStored = () => bytes("1kB", "100MB");
const window = () => duration("0").exactOptional();
const cookies = () => z.enum(["drop", "store"], "must be drop or store");

const cacheSchema = z
  .strictObject({
    lifetime: duration("1ms")
      .exactOptional()
      .describe("Freshness where the origin gives none; always with override."),
    negativeLifetime: duration("1ms")
      .exactOptional()
      .describe("The same for 404 and 410, which lifetime never covers."),
    override: truth().default(false).describe("Store although the origin's fields forbid it."),
    heuristics: truth()
      .exactOptional()
      .describe("Guess a lifetime from Last-Modified; else the upstream's."),
    cookies: cookies()
      .exactOptional()
      .describe("What sets a cookie is not stored (drop), or stored; else the upstream's."),
    staleWhileRevalidate: window().describe(
      "Served stale so long while it is fetched anew; absent: the upstream's, else as the origin says.",
    ),
    staleIfError: window().describe(
      "Served stale so long when the API fails; absent: the upstream's, else as the origin says.",
    ),
    softTimeout: duration("0", "10m")
      .default(2000)
      .describe("The API is waited for no longer where a stale answer may serve."),
    mediaTypes: z
      .array(mediaType())
      .exactOptional()
      .describe("What may be stored; else the upstream's."),
    errorEnvelope: z
      .array(markSchema)
      .exactOptional()
      .describe("JSON members that make a 200 an error; else the upstream's."),
    maxStored: maxStored()
      .exactOptional()
      .describe("Larger responses are not stored; else the upstream's."),
    chargeNotModified: truth()
      .default(true)
      .describe("false: the API does not count an answer 304, so its units come back."),
  })
  .describe("Stored, shared and revalidated. Absent: see unlistedGets.");

const querySchema = z
  .strictObject({
    known: z
      .array(text())
      .exactOptional()
      .describe("Parameters that the API knows; others are dropped. Absent: all pass."),
    ignored: z.array(text()).default([]).describe("Parameters that are dropped."),
    sorted: truth().default(false).describe("Send parameters in the order of their names."),
  })
  .describe("What of a GET's query is sent, and told apart. Absent: all of it, byte for byte.");

const routeSchema = z.strictObject({
  match: routePattern(),
  groups: z
    .array(text())
    .default([])
    .describe("Names by which writes make what is stored here stale."),
  invalidates: z.array(text()).default([]).describe("Groups that a request here makes stale."),
  cache: cacheSchema.exactOptional(),
  query: querySchema.exactOptional(),
  safe: truth()
    .exactOptional()
    .describe("A GET here changes nothing and may be sent again. With cache: true."),
  cost: whole(1, 10_000).default(1).describe("Units that one request costs."),
  quota: routeQuotaSchema.exactOptional(),
});

/** What a preset may say, and an upstream as well. */
const inheritable = {
  unlistedGets: z.enum(["origin", "forward"], "must be origin or forward").exactOptional(),
  mediaTypes: z
    .array(mediaType())
    .exactOptional()
    .describe("What may be stored where a route names none."),
  errorEnvelope: z.array(markSchema).exactOptional().describe("Where a route names none."),
  heuristics: truth().exactOptional().describe("Where a route does not say."),
  staleWhileRevalidate: window().describe("Where a route does not say."),
  staleIfError: window().describe("Where a route does not say."),
  maxStored: maxStored().exactOptional().describe("Where a route does not say."),
  keyRefusedStatuses: z.array(whole(400, 499)).exactOptional(),
  passFields: z
    .array(text().toLowerCase())
    .exactOptional()
    .describe("Request fields to pass on, each a part of the cache key."),
  varyFields: z
    .array(text().toLowerCase())
    .exactOptional()
    .describe("Request fields to pass on whose meaning the API's Vary tells; * is all."),
  coding: z
    .enum(["own", "pass"], "must be own or pass")
    .exactOptional()
    .describe("own: Sluice codes its answers itself; pass: codings pass as they are."),
  cookies: cookies().exactOptional().describe("drop: the API's cookies reach nobody."),
  honoursIdempotencyKey: truth().exactOptional(),
};

/** A file under `config/presets/`. */
export const presetSchema = z.strictObject({
  keys: z.array(keySchema).default([]),
  routes: z.array(routeSchema).default([]),
  ...inheritable,
});

/** One entry of `upstreams`. */
export const upstreamSchema = z.strictObject({
  preset: text().exactOptional().describe("A file of config/presets/ without its ending."),
  mount: z
    .string()
    .regex(
      /^(?:\/[\w.~-]+)*$/,
      "must be a path without a closing slash, such as /api, or empty for the root",
    )
    .describe("What clients' base URLs end in."),
  url: httpUrl().describe("The API's base URL."),
  keys: z.array(keySchema).default([]),
  quotas: quotasSchema,
  reserve: reserveSchema.exactOptional(),
  concurrency: whole(1, 1000).default(20),
  queue: z
    .strictObject({
      maxWait: duration("0", "10m").default(30_000),
      maxLength: whole(1, 100_000).default(1000),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      connect: duration("10ms", "1m").default(5000),
      headers: duration("10ms", "10m").default(30_000),
      body: duration("10ms", "1h").default(60_000),
    })
    .prefault({}),
  ...troubleSettings,
  learn: learnSchema,
  routes: z.array(routeSchema).default([]),
  ...inheritable,
  liberal: truth()
    .default(false)
    .describe(
      "true: as far as RFC 9111 allows, instead of the house's caution: for cache tests, not for a metered API.",
    ),
  caFile: text().exactOptional(),
  proxy: httpUrl().exactOptional(),
  shadow: shadowSchema.exactOptional(),
});

/** An upstream after the schema, before preset and files. */
export type WrittenUpstream = z.output<typeof upstreamSchema>;

/** A preset after the schema. */
export type WrittenPreset = z.output<typeof presetSchema>;

/** A route after the schema. */
export type WrittenRoute = z.output<typeof routeSchema>;

/** A route's cache after the schema. */
export type WrittenCache = z.output<typeof cacheSchema>;

/** A key after the schema. */
export type WrittenKey = z.output<typeof keySchema>;
