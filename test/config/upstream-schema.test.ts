import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { presetSchema, upstreamSchema } from "../../src/config/upstream-schema.ts";
import { repositoryFile, repositoryPath } from "../deploy/repository-file.ts";

const LEAST = { mount: "/api", url: "https://h/api", quotas: [{ limit: 200, window: "60s" }] };

function refusedAt(changes: object): string[] {
  const { error } = upstreamSchema.safeParse({ ...LEAST, ...changes });
  return error?.issues.map(({ path }) => path.join(".")) ?? [];
}

describe("upstreamSchema", () => {
  it.each(["", "/", "/a", "/a/b.c/~d-e_f"].map((mount) => ({ mount, ok: mount !== "/" })))(
    "judges the mount $mount: $ok",
    ({ mount, ok }) => {
      expect(refusedAt({ mount })).toEqual(ok ? [] : ["mount"]);
    },
  );

  it.each([
    ["mount", { mount: "api" }],
    ["mount", { mount: "/api/" }],
    ["mount", { mount: "/a//b" }],
    ["mount", { mount: "/a%20b" }],
    ["mount", { mount: "/a\n" }],
    ["mount", { mount: undefined }],
    ["url", { url: "h/api" }],
    ["url", { url: "https://h/api?apikey=1" }],
    ["proxy", { proxy: "socks5://h" }],
    ["quotas", { quotas: [] }],
    ["quotas", { quotas: Array.from({ length: 5 }, () => LEAST.quotas[0]) }],
    ["quotas", { quotas: undefined }],
    ["quotas.0.limit", { quotas: [{ limit: 0, window: "1s" }] }],
    ["quotas.0.limit", { quotas: [{ limit: 1.5, window: "1s" }] }],
    ["quotas.0.window", { quotas: [{ limit: 1, window: 60 }] }],
    ["quotas.0.window", { quotas: [{ limit: 1, window: "25h" }] }],
    ["quotas.0.pad", { quotas: [{ limit: 1, window: "1s", pad: "0" }] }],
    ["concurrency", { concurrency: 0 }],
    ["queue.maxWait", { queue: { maxWait: "1d" } }],
    ["timeouts.connect", { timeouts: { connect: "0" } }],
    ["pause.max", { pause: { max: "2d" } }],
    ["maxRetries", { maxRetries: 6 }],
    ["maxStored", { maxStored: "1GB" }],
    ["keys.0.in", { keys: [{ in: "body", name: "k", value: "v" }] }],
    ["keys.0.value", { keys: [{ in: "query", name: "k", value: 5 }] }],
    ["unlistedGets", { unlistedGets: "cache" }],
    ["coding", { coding: "gzip" }],
    ["shadow.quotas", { shadow: { quotas: [] } }],
    ["shadow.weights.a", { shadow: { weights: { a: 0 } } }],
    ["shadow", { shadow: { concurrency: 5 } }],
    ["cookies", { cookies: "keep" }],
    ["varyFields.0", { varyFields: [""] }],
    ["heuristics", { heuristics: "maybe" }],
    ["liberal", { liberal: "rather" }],
    ["keyRefusedStatuses.0", { keyRefusedStatuses: [500] }],
    ["routes.0.match", { routes: [{}] }],
    ["routes.0.match", { routes: [{ match: "get /a" }] }],
    ["routes.0.cost", { routes: [{ match: "/a", cost: 0 }] }],
    ["routes.0.cache.lifetime", { routes: [{ match: "/a", cache: { lifetime: "0" } }] }],
    [
      "routes.0.cache.negativeLifetime",
      { routes: [{ match: "/a", cache: { negativeLifetime: "0" } }] },
    ],
    ["routes.0.cache.softTimeout", { routes: [{ match: "/a", cache: { softTimeout: "11m" } }] }],
    ["routes.0.cache.maxStored", { routes: [{ match: "/a", cache: { maxStored: "1B" } }] }],
    ["routes.0.cache.cookies", { routes: [{ match: "/a", cache: { cookies: "pass" } }] }],
    ["routes.0.query.known", { routes: [{ match: "/a", query: { known: "a" } }] }],
    ["routes.0.query.sorted", { routes: [{ match: "/a", query: { sorted: 1 } }] }],
    ["routes.0.cache.staleIfError", { routes: [{ match: "/a", cache: { staleIfError: "8d" } }] }],
    [
      "routes.0.cache.errorEnvelope.0.is",
      { routes: [{ match: "/a", cache: { errorEnvelope: [{ member: "e" }] } }] },
    ],
  ])("refuses at %s %j", (path, changes) => {
    expect(refusedAt(changes)).toEqual([path]);
  });

  it("lets field names and media types be written in any case", () => {
    const written = { passFields: ["X-A"], varyFields: ["X-B", "*"], mediaTypes: ["Text/X"] };
    const read = upstreamSchema.parse({ ...LEAST, ...written });
    expect(read).toMatchObject({
      passFields: ["x-a"],
      varyFields: ["x-b", "*"],
      mediaTypes: ["text/x"],
    });
  });
});

describe("presetSchema", () => {
  it.each(readdirSync(repositoryPath("config/presets")))("takes config/presets/%s", (name) => {
    const document: unknown = parse(repositoryFile(`config/presets/${name}`));
    expect(presetSchema.parse(document).routes.length).toBeGreaterThan(0);
  });

  it.each([{ url: "https://h" }, { quotas: [] }, { consumers: {} }])(
    "leaves %j to the file that names it",
    (document) => {
      expect(presetSchema.safeParse(document).success).toBe(false);
    },
  );

  it("holds no key of the ClientExec preset, and stores no GET that writes or tells of presence", () => {
    const document: unknown = parse(repositoryFile("config/presets/clientexec.yaml"));
    const { keys, routes, unlistedGets } = presetSchema.parse(document);
    expect(keys).toEqual([{ in: "query", name: "apikey" }]);
    expect(unlistedGets).toBe("forward");
    const stored = routes.filter(({ cache }) => cache).map(({ match }) => match.name);
    expect(stored.every((name) => name.startsWith("GET "))).toBe(true);
    expect(stored.join("\n")).not.toMatch(/pay|validateuser|online|chat|autologin|\*/);
  });
});
