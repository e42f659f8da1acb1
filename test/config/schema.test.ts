import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/config/schema.ts";

const API = { mount: "/api", url: "https://h/api", quotas: [{ limit: 200, window: "60s" }] };

function refusedAt(changes: object): string[] {
  const { error } = configSchema.safeParse({ upstreams: { api: API }, ...changes });
  return error?.issues.map(({ path }) => path.join(".")) ?? [];
}

describe("configSchema", () => {
  it("needs nothing but an upstream, and is on loopback with the embedded store by default", () => {
    const { upstreams, ...rest } = configSchema.parse({ upstreams: { api: API } });
    expect(Object.keys(upstreams)).toEqual(["api"]);
    expect(rest).toEqual({
      listen: { host: "127.0.0.1", port: 8080 },
      admin: { host: "127.0.0.1", port: 8081, token: "", readToken: "" },
      workers: 1,
      open: false,
      drain: 10_000,
      store: {
        redis: "",
        file: "./data/sluice.db",
        prefix: "sluice",
        maxBytes: 268_435_456,
        nearBytes: 33_554_432,
        onLoss: "share",
      },
      limits: {
        fieldBytes: 16_000,
        bodyBytes: 10_000_000,
        replayBytes: 64_000,
        head: 10_000,
        connections: 10_000,
        wrongKeys: 60,
      },
      log: { level: "info", pretty: "auto" },
      consumers: {},
    });
  });

  it("takes a query in a route, and none in what a consumer may ask for", () => {
    const routes = [{ match: "GET /api.php?call=getClients" }];
    expect(refusedAt({ upstreams: { api: { ...API, routes } } })).toEqual([]);
    const allow = ["GET /api.php?call=getClients"];
    const consumers = { a: { key: "12345678", allow } };
    expect(refusedAt({ consumers })).toEqual(["consumers.a.allow.0"]);
  });

  it("takes numbers and truth values as texts, since variables are texts", () => {
    const read = configSchema.parse({
      upstreams: { api: API },
      listen: { port: "9000" },
      open: "true",
      workers: "4",
      log: { pretty: "false" },
      consumers: { a: { key: "12345678", weight: "3", mayForce: "true" } },
    });
    expect(read).toMatchObject({
      listen: { port: 9000 },
      open: true,
      workers: 4,
      log: { pretty: false },
      consumers: { a: { weight: 3, mayForce: true } },
    });
  });

  it("leaves out what an empty variable stands for", () => {
    const read = configSchema.parse({
      upstreams: { api: API },
      listen: { publicUrl: "" },
      acceptAppKeyAs: "",
    });
    expect([read.listen.publicUrl, read.acceptAppKeyAs]).toEqual([undefined, undefined]);
  });

  it.each([
    ["listen.port", { listen: { port: 65_536 } }],
    ["listen.port", { listen: { port: -1 } }],
    ["listen.host", { listen: { host: "" } }],
    ["listen.publicUrl", { listen: { publicUrl: "sluice.example.org" } }],
    ["workers", { workers: 0 }],
    ["workers", { workers: "all" }],
    ["open", { open: "yes" }],
    ["drain", { drain: 10 }],
    ["drain", { drain: "11m" }],
    ["store.redis", { store: { redis: "localhost:6379" } }],
    ["store.prefix", { store: { prefix: "a b" } }],
    ["store.prefix", { store: { prefix: "{a}" } }],
    ["store.onLoss", { store: { onLoss: "open" } }],
    ["store.maxBytes", { store: { maxBytes: "0" } }],
    ["store.nearBytes", { store: { nearBytes: "1TB" } }],
    ["limits.fieldBytes", { limits: { fieldBytes: "10B" } }],
    ["limits.connections", { limits: { connections: 0 } }],
    ["store.redis", { store: { redis: "sentinels://a" } }],
    ["log.level", { log: { level: "verbose" } }],
    ["consumers.a.key", { consumers: { a: { key: "1234567" } } }],
    ["consumers.a.key", { consumers: { a: { key: 12_345_678 } } }],
    ["consumers.a.key", { consumers: { a: {} } }],
    ["consumers.a.weight", { consumers: { a: { key: "12345678", weight: 0 } } }],
    ["consumers.a.priority", { consumers: { a: { key: "12345678", priority: 8 } } }],
    ["consumers.a.allow.0", { consumers: { a: { key: "12345678", allow: ["get /"] } } }],
    ["upstreams", { upstreams: undefined }],
  ])("refuses at %s %j", (path, changes) => {
    expect(refusedAt(changes)).toEqual([path]);
  });

  it.each(["redis://h", "rediss://u:p@h:1/2", "sentinel://a,b/main", ""])(
    "takes %j for a store",
    (redis) => {
      expect(refusedAt({ store: { redis } })).toEqual([]);
    },
  );

  it("lets the near cache be switched off", () => {
    expect(refusedAt({ store: { nearBytes: "0" } })).toEqual([]);
  });

  it.each(["a", "A.b-c_1", "x".repeat(64)])("takes the name %j", (name) => {
    expect(refusedAt({ consumers: { [name]: { key: "12345678" } } })).toEqual([]);
  });

  it.each(["", "-a", ".a", "a b", "a/b", "a\r\nb", "a\n", "ü", "x".repeat(65), 'a"b', "a:b"])(
    "refuses the name %j, which would stand in fields and store keys",
    (name) => {
      expect(refusedAt({ consumers: { [name]: { key: "12345678" } } })).toEqual([
        `consumers.${name}`,
      ]);
      expect(refusedAt({ upstreams: { [name]: API } })).toEqual([`upstreams.${name}`]);
    },
  );

  it.each([
    { prot: 1 },
    { listen: { ports: 1 } },
    { consumers: { a: { key: "12345678", Weight: 1 } } },
    { upstreams: { api: { ...API, quota: [] } } },
    { upstreams: { api: { ...API, quotas: [{ ...API.quotas[0], windows: "1s" }] } } },
  ])("knows every setting, and not %j", (changes) => {
    const { error } = configSchema.safeParse({ upstreams: { api: API }, ...changes });
    expect(error?.issues.map(({ code }) => code)).toEqual(["unrecognized_keys"]);
  });
});
