import type { LearnSettings } from "../../src/ports/bounds.ts";
import type { CachePolicy, Route, Settings, Upstream } from "../../src/ports/settings.ts";

/** How limits are learned where the configuration says nothing. */
export const LEARN: LearnSettings = {
  enabled: true,
  floor: { unit: "percent", value: 10 },
  ceiling: { unit: "percent", value: 100 },
  forgetMs: 86_400_000,
};

/** An upstream that caches nothing by itself and has no route. */
export function upstream(changes: Partial<Upstream> = {}): Upstream {
  return {
    name: "api",
    mount: "/api",
    url: new URL("http://upstream.example/api"),
    keys: [{ in: "query", name: "apikey", value: "sim-key" }],
    quotas: [{ name: "api", limit: 1000, windowMs: 60_000, padMs: 1000 }],
    concurrency: 50,
    queue: { maxWaitMs: 30_000, maxLength: 1000 },
    timeouts: { connectMs: 2000, headersMs: 5000, bodyMs: 5000 },
    pause: { maxMs: 600_000, marginMs: 50, firstMs: 1000 },
    circuit: {
      failures: 0.5,
      least: 20,
      windowMs: 30_000,
      openMs: 10_000,
      statuses: [502, 503, 504],
    },
    learn: LEARN,
    routes: [],
    passFields: [],
    varyFields: [],
    coding: "own",
    cookies: "drop",
    liberal: false,
    maxRetries: 1,
    retryBudget: 0.1,
    keyRefusedStatuses: [401],
    honoursIdempotencyKey: false,
    ...changes,
  };
}

/** A route's cache that leaves everything to the origin. */
export function cachePolicy(changes: Partial<CachePolicy> = {}): CachePolicy {
  return {
    override: false,
    sharesAuthenticated: true,
    heuristics: false,
    cookies: "drop",
    liberal: false,
    softTimeoutMs: 2000,
    mediaTypes: [],
    errorEnvelope: [],
    maxStoredBytes: 1_000_000,
    chargeNotModified: true,
    ...changes,
  };
}

/** The terms of GETs that no route lists, as the configuration makes them of `unlistedGets: origin`. */
export function unlistedGets(changes: Partial<CachePolicy> = {}): CachePolicy {
  return cachePolicy({ sharesAuthenticated: false, ...changes });
}

/** A route for everything, without a cache policy. */
export function route(changes: Partial<Route> = {}): Route {
  return {
    name: "/**",
    match: { methods: [], path: "/**" },
    groups: [],
    invalidates: [],
    safe: false,
    cost: 1,
    ...changes,
  };
}

/** An open gateway on loopback, on ports from the system. */
export function settings(changes: Partial<Settings> = {}): Settings {
  return {
    listen: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0, token: "" },
    workers: 1,
    store: {
      redis: "",
      file: ":memory:",
      prefix: "sluice",
      maxBytes: 268_435_456,
      nearBytes: 33_554_432,
      onLoss: "closed",
    },
    open: false,
    drainMs: 2000,
    limits: {
      fieldBytes: 16_384,
      bodyBytes: 10_000_000,
      replayBytes: 65_536,
      headMs: 10_000,
      connections: 10_000,
      wrongKeys: 60,
    },
    log: { level: "silent", pretty: false },
    upstreams: [upstream()],
    consumers: [],
    ...changes,
  };
}
