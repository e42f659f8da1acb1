import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveUpstream } from "../../src/config/resolve-upstream.ts";
import { presetSchema, upstreamSchema } from "../../src/config/upstream-schema.ts";
import { LEARN } from "../support/settings.ts";
import type { ConfigProblem } from "../../src/config/problems.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-upstream-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PRESET = {
  keys: [{ in: "query", name: "apikey" }],
  unlistedGets: "forward",
  mediaTypes: ["Application/JSON"],
  errorEnvelope: [{ member: "error", is: true }],
  passFields: ["X-Preset"],
  routes: [{ match: "GET /ticket/:id", groups: ["preset"], cache: { lifetime: "20s" } }],
};

function resolved(changes: object, preset: object = PRESET) {
  const problems: ConfigProblem[] = [];
  const written = upstreamSchema.parse({
    mount: "/api",
    url: "https://h/api",
    quotas: [{ limit: 200, window: "60s" }],
    ...changes,
  });
  const source = { name: "up", file: join(folder, "sluice.yaml"), problems };
  const upstream = resolveUpstream(written, { ...source, preset: presetSchema.parse(preset) });
  return { upstream, problems };
}

describe("resolveUpstream() with a preset", () => {
  it("lets the preset speak where the file is silent, and the file where it speaks", () => {
    const silent = resolved({}).upstream;
    expect(silent.passFields).toEqual(["x-preset"]);
    expect(silent).not.toHaveProperty("unlistedGets");
    const { upstream } = resolved({ unlistedGets: "origin", passFields: [] });
    expect(upstream.passFields).toEqual([]);
    expect(upstream.unlistedGets).toMatchObject({ mediaTypes: ["application/json"] });
  });

  it("puts the file's routes before the preset's", () => {
    const { upstream } = resolved({ routes: [{ match: "GET /ticket/**", cost: "2" }] });
    expect(upstream.routes.map(({ name, cost }) => [name, cost])).toEqual([
      ["GET /ticket/**", 2],
      ["GET /ticket/:id", 1],
    ]);
  });

  it("gives media types and error marks to routes that name none", () => {
    const own = { match: "GET /a", cache: { mediaTypes: ["Text/CSV"], errorEnvelope: [] } };
    const { upstream } = resolved({ routes: [own] });
    expect(upstream.routes.map(({ cache }) => [cache?.mediaTypes, cache?.errorEnvelope])).toEqual([
      [["text/csv"], []],
      [["application/json"], [{ member: "error", is: true }]],
    ]);
  });

  it("gives a route's cache its own terms, in their units", () => {
    const cache = {
      lifetime: "20s",
      negativeLifetime: "5s",
      override: true,
      heuristics: false,
      cookies: "drop",
      staleWhileRevalidate: "1m",
      staleIfError: "10m",
      softTimeout: "500ms",
      mediaTypes: ["text/csv"],
      errorEnvelope: [],
      maxStored: "2kB",
      chargeNotModified: false,
    };
    const general = { heuristics: true, cookies: "store", maxStored: "5MB" };
    const query = { known: ["page"], ignored: ["utm"], sorted: "true" };
    const { upstream } = resolved({ ...general, routes: [{ match: "GET /a", cache, query }] });
    expect(upstream.routes[0]).toMatchObject({
      query: { known: ["page"], ignored: ["utm"], sorted: true },
      cache: {
        lifetimeMs: 20_000,
        negativeLifetimeMs: 5000,
        override: true,
        sharesAuthenticated: true,
        heuristics: false,
        cookies: "drop",
        staleWhileRevalidateMs: 60_000,
        staleIfErrorMs: 600_000,
        softTimeoutMs: 500,
        mediaTypes: ["text/csv"],
        errorEnvelope: [],
        maxStoredBytes: 2000,
        chargeNotModified: false,
      },
    });
  });

  it("gives the upstream's terms to routes that are silent, and to GETs on no route", () => {
    const general = {
      heuristics: true,
      cookies: "store",
      maxStored: "5MB",
      liberal: true,
      mediaTypes: ["text/csv"],
      errorEnvelope: [{ member: "failed", is: true }],
    };
    const silent = { match: "GET /a", cache: {}, query: {} };
    const { upstream } = resolved({ ...general, routes: [silent] }, {});
    const terms = {
      override: false,
      heuristics: true,
      cookies: "store",
      liberal: true,
      softTimeoutMs: 2000,
      mediaTypes: ["text/csv"],
      errorEnvelope: [{ member: "failed", is: true }],
      maxStoredBytes: 5_000_000,
      chargeNotModified: true,
    };
    // Without windows of its own, the origin's directives of RFC 5861 decide.
    expect(upstream.routes[0]?.cache).toEqual({ ...terms, sharesAuthenticated: true });
    expect(upstream.unlistedGets).toEqual({ ...terms, sharesAuthenticated: false });
    expect(upstream.routes[0]?.query).toEqual({ ignored: [], sorted: false });
  });

  it("gives the upstream's stale windows where a route has none of its own, each apart", () => {
    const general = { staleWhileRevalidate: "10s", staleIfError: "20s" };
    const routes = [
      { match: "GET /a", cache: {} },
      { match: "GET /b", cache: { staleIfError: "0" } },
    ];
    const { upstream } = resolved({ ...general, routes }, {});
    expect(upstream.unlistedGets).toMatchObject({
      staleWhileRevalidateMs: 10_000,
      staleIfErrorMs: 20_000,
    });
    const windows = upstream.routes.map(({ cache }) => [
      cache?.staleWhileRevalidateMs,
      cache?.staleIfErrorMs,
    ]);
    expect(windows).toEqual([
      [10_000, 20_000],
      [10_000, 0],
    ]);
  });

  it.each([
    { name: "GET /a", route: { cache: { lifetime: "1s" } }, safe: true },
    { name: "GET /b", route: {}, safe: false },
    { name: "GET /c", route: { safe: true }, safe: true },
    { name: "GET /d", route: { safe: "false", cache: { lifetime: "1s" } }, safe: false },
  ])("takes $name for safe: $safe", ({ name, route, safe }) => {
    const { upstream } = resolved({ routes: [{ match: name, ...route }] }, {});
    expect(upstream.routes[0]?.safe).toBe(safe);
  });
});

describe("resolveUpstream() without a preset", () => {
  it("has the documented defaults in their units", () => {
    const { upstream, problems } = resolved({}, {});
    expect(problems).toEqual([]);
    expect(upstream).toEqual({
      name: "up",
      mount: "/api",
      url: new URL("https://h/api"),
      keys: [],
      quotas: [{ name: "up", limit: 200, windowMs: 60_000, padMs: 1000 }],
      concurrency: 20,
      queue: { maxWaitMs: 30_000, maxLength: 1000 },
      timeouts: { connectMs: 5000, headersMs: 30_000, bodyMs: 60_000 },
      pause: { maxMs: 600_000, marginMs: 250, firstMs: 1000 },
      circuit: {
        failures: 0.5,
        least: 20,
        windowMs: 30_000,
        openMs: 10_000,
        statuses: [502, 503, 504],
      },
      learn: LEARN,
      routes: [],
      unlistedGets: {
        override: false,
        sharesAuthenticated: false,
        heuristics: false,
        cookies: "drop",
        liberal: false,
        softTimeoutMs: 2000,
        mediaTypes: [],
        errorEnvelope: [],
        maxStoredBytes: 1_000_000,
        chargeNotModified: true,
      },
      passFields: [],
      varyFields: [],
      coding: "own",
      cookies: "drop",
      liberal: false,
      maxRetries: 1,
      retryBudget: 0.1,
      keyRefusedStatuses: [401],
      honoursIdempotencyKey: false,
    });
  });

  it("tries the real quotas where the shadow has none of its own, and the real weights but those it names", () => {
    expect(resolved({}).upstream).not.toHaveProperty("shadow");
    const real = [{ name: "up", limit: 200, windowMs: 60_000, padMs: 1000 }];
    expect(resolved({ shadow: {} }).upstream.shadow).toEqual({ quotas: real, weights: {} });
    const quotas = [{ limit: 300, window: "60s" }];
    const shadow = { quotas, weights: { sync: 5 } };
    expect(resolved({ shadow }).upstream.shadow).toEqual({
      quotas: [{ ...real[0], limit: 300 }],
      weights: { sync: 5 },
    });
  });
});

describe("resolveUpstream() of keys", () => {
  it.each([
    {
      name: "a value with the preset's place",
      key: { value: "k" },
      result: { in: "query", name: "apikey", value: "k" },
    },
    {
      name: "a place of the file's own",
      key: { in: "header", name: "X-Key", value: "k" },
      result: { in: "header", name: "X-Key", value: "k" },
    },
    {
      name: "basic with a user",
      key: { in: "basic", username: "u", value: "k" },
      result: { in: "basic", username: "u", value: "k" },
    },
    {
      name: "basic without one",
      key: { in: "basic", value: "k" },
      result: { in: "basic", username: "", value: "k" },
    },
  ])("takes $name", ({ key, result }) => {
    const { upstream, problems } = resolved({ keys: [key] });
    expect([upstream.keys, problems]).toEqual([[result], []]);
  });

  it("reads a key from a file beside the configuration, without the line's end", () => {
    writeFileSync(join(folder, "key"), "from-file\r\n\n");
    const { upstream } = resolved({ keys: [{ valueFile: "./key", value: "other" }] });
    expect(upstream.keys[0]?.value).toBe("from-file");
  });

  it.each([
    { name: "no value", key: {}, path: "keys.0", problem: "has no key in it" },
    { name: "an empty value", key: { value: "" }, path: "keys.0", problem: "has no key in it" },
    {
      name: "an empty file",
      key: { valueFile: "empty" },
      path: "keys.0",
      problem: "has no key in it",
    },
    {
      name: "a file that is not there",
      key: { valueFile: "none" },
      path: "keys.0.valueFile",
      problem: "cannot be read",
    },
  ])("tells of $name", ({ key, path, problem }) => {
    writeFileSync(join(folder, "empty"), "\n");
    const { upstream, problems } = resolved({ keys: [key] });
    expect(upstream.keys).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path).toBe(`upstreams.up.${path}`);
    expect(problems[0]?.problem).toContain(problem);
  });

  it.each([{ value: "s3cret" }, { in: "query", value: "s3cret" }, { name: "k", value: "s3cret" }])(
    "tells what place is missing from %j, without the key",
    (key) => {
      const { upstream, problems } = resolved({ keys: [key] }, {});
      expect(upstream.keys).toEqual([]);
      expect(problems).toMatchObject([{ path: "upstreams.up.keys.0" }]);
      expect(JSON.stringify(problems)).not.toContain("s3cret");
    },
  );
});

describe("resolveUpstream() of a preset's key", () => {
  it("tells that the key is missing, since every request would go without one", () => {
    expect(resolved({}).problems).toMatchObject([{ path: "upstreams.up.keys" }]);
    expect(resolved({ keys: [{ value: "s3cret" }] }).problems).toEqual([]);
    expect(resolved({}, {}).problems).toEqual([]);
  });
});

describe("resolveUpstream() of other files", () => {
  it("reads certificate authorities beside the configuration, or tells that it cannot", () => {
    writeFileSync(join(folder, "ca.pem"), "PEM");
    expect(resolved({ caFile: "ca.pem" }).upstream.ca).toBe("PEM");
    const { upstream, problems } = resolved({ caFile: "none.pem" }, {});
    expect(upstream).not.toHaveProperty("ca");
    expect(problems).toMatchObject([{ path: "upstreams.up.caFile", found: "none.pem" }]);
  });
});
