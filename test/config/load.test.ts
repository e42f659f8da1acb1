import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { describeProblems } from "../../src/config/describe-problems.ts";
import { loadSettings } from "../../src/config/load.ts";
import { ConfigError } from "../../src/config/problems.ts";
import { repositoryFile, repositoryPath } from "../deploy/repository-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const folder = mkdtempSync(join(tmpdir(), "sluice-config-"));
const file = join(folder, "sluice.yaml");
afterAll(() => rmSync(folder, { recursive: true }));

const API = `
upstreams:
  api:
    mount: /api
    url: https://api.example/v1
    quotas: [{ limit: 200, window: 60s }]
`;

function load(text: string, environment: Environment = {}) {
  writeFileSync(file, text);
  return loadSettings({ file, environment });
}

function failure(act: () => unknown): ConfigError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("The configuration was taken.");
}

function told(text: string, environment: Environment = {}) {
  return failure(() => load(text, environment)).problems;
}

const FAULTY = `
listen: { host: 0.0.0.0, port: "\${PORT}" }
admin: { port: 70000 }
workers: some
drain: 10
prot: 1
store: { redis: "localhost:6379", onLoss: panic }
limits: { bodyBytes: 10 GB }
upstreams:
  api:
    mount: api/
    url: example.com
    quotas: [{ limit: none, window: 60 }]
    routes: [{ match: "get /x" }]
    quues: {}
consumers:
  a: { key: short, weight: 0 }
  "b c": { key: long-enough-0 }
`;

describe("loadSettings() of a file with many faults", () => {
  it("tells all of them at once, each with its path and with what is allowed", () => {
    const problems = told(FAULTY).map(({ path, problem }) => [path, problem] as const);
    expect(problems.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ["admin.port", "must be a whole number from 0 to 65535"],
      ["consumers.a.key", "must have at least 8 characters"],
      ["consumers.a.weight", "must be a whole number from 1 to 1000"],
      [
        "consumers.b c",
        "is not a name: a name is letters, digits, dots, dashes and underscores, 64 at most",
      ],
      ["drain", "must be a duration from 0 to 10m, such as 250ms, 30s or 5m"],
      ["limits.bodyBytes", "must be a size from 0 to 1GB, such as 64kB or 1MiB"],
      ["listen.port", "needs the environment variable PORT, which is not set"],
      ["prot", "is not a setting here"],
      ["store.onLoss", "must be share or closed"],
      ["store.redis", "must be empty, or begin with redis://, rediss:// or sentinel://"],
      [
        "upstreams.api.mount",
        "must be a path without a closing slash, such as /api, or empty for the root",
      ],
      ["upstreams.api.quotas.0.limit", "must be a whole number from 1 to 100000"],
      [
        "upstreams.api.quotas.0.window",
        "must be a duration from 100ms to 1d, such as 250ms, 30s or 5m",
      ],
      ["upstreams.api.quues", "is not a setting here"],
      ["upstreams.api.routes.0.match", "Methods are upper case, joined by |: POST|PUT|DELETE."],
      ["upstreams.api.url", "must be an http:// or https:// URL without user, query or fragment"],
      ["workers", "must be auto or a whole number from 1 to 64"],
    ]);
  });

  it("tells what was found, of a secret nothing", () => {
    const found = new Map(told(FAULTY).map((problem) => [problem.path, problem.found]));
    expect(found.get("admin.port")).toBe("70000");
    expect(found.get("workers")).toBe('"some"');
    expect(found.get("upstreams.api.url")).toBe('"example.com"');
    expect(found.get("upstreams.api.routes.0.match")).toBe('"get /x"');
    expect(found.get("consumers.a.key")).toBe("(a secret)");
    expect(found.get("store.redis")).toBe("(a secret)");
  });

  it("tells what does not fit together, all at once too", () => {
    const text = `${API}    preset: nothing
    caFile: none.pem
    keys: [{ value: "s3cret" }]
    routes: [{ match: /a, invalidates: [as], cache: { override: true } }]
listen: { host: "::" }
admin: { host: 10.0.0.1 }
workers: 2
acceptAppKeyAs: somebody
`;
    expect(told(text).map(({ path }) => path)).toEqual([
      "upstreams.api.preset",
      "upstreams.api.caFile",
      "upstreams.api.keys.0",
      "listen.host",
      "admin.token",
      "acceptAppKeyAs",
      "upstreams.api.routes",
      "upstreams.api.routes",
      "upstreams.api.routes",
    ]);
  });

  it("names the presets that there are to whoever names another", () => {
    const [problem] = told(`${API}    preset: nothing\n`);
    expect(problem).toMatchObject({ found: "nothing", problem: "is no preset" });
    expect(problem?.remedy).toMatch(/^Presets: blesta, clientexec, .*zendesk\.$/);
  });

  it("judges the sense of every part whose form is right, whatever is wrong with the others", () => {
    const text = `${API}    routes: [{ match: /a, cost: 500 }]
  broken: { mount: 7 }
admin: { port: 70000 }
listen: { host: "::" }
workers: 2
`;
    const paths = told(text).map(({ path }) => path);
    expect(paths.toSorted()).toEqual([
      "admin.port",
      "listen.host",
      "upstreams.api.routes",
      "upstreams.broken.mount",
      "upstreams.broken.quotas",
      "upstreams.broken.url",
    ]);
  });

  it("does not blame a part for what another lacks only since its form is wrong", () => {
    const text = `${API}listen: { host: "::" }
consumers: { a: { key: short } }
acceptAppKeyAs: a
`;
    expect(told(text).map(({ path }) => path)).toEqual(["consumers.a.key"]);
  });
});

const SECRET = "s3cret-0123456789";

/** Where people put their secrets, and what else is wrong in the same place. */
const LEAKS: readonly { readonly name: string; readonly text: string }[] = [
  { name: "a key that is a list", text: "consumers: { a: { key: [$] } }" },
  { name: "a key with a weight that is wrong", text: "consumers: { a: { key: $, weight: x } }" },
  { name: "a consumer that is only a key", text: "consumers: { a: $ }" },
  { name: "consumers as a list", text: "consumers: [{ name: a, key: $ }]" },
  { name: "a consumer with a wrong name", text: 'consumers: { "a b": { key: $ } }' },
  { name: "two consumers with one key", text: "consumers: { a: { key: $ }, b: { key: $ } }" },
  { name: "app keys as texts", text: "upstreams: { api: { keys: [$] } }" },
  { name: "app keys as a mapping", text: "upstreams: { api: { keys: { value: $ } } }" },
  { name: "app keys as one text", text: "upstreams: { api: { keys: $ } }" },
  {
    name: "an app key in a wrong place",
    text: "upstreams: { api: { keys: [{ in: x, value: $ }] } }",
  },
  { name: "an app key under a wrong name", text: "upstreams: { api: { keys: [{ key: $ }] } }" },
  { name: "an app key in the URL", text: 'upstreams: { api: { url: "https://h/?apikey=$" } }' },
  { name: "a password in the URL", text: 'upstreams: { api: { url: "https://u:$@h" } }' },
  { name: "a password in the URL alone", text: 'upstreams: { api: { url: "https://:$@h/api" } }' },
  { name: "a password of a proxy", text: 'upstreams: { api: { proxy: "http://u:$@h" } }' },
  { name: "a password of Redis", text: 'store: { redis: "http://:$@h" }' },
  { name: "a store that is only Redis", text: 'store: "redis://:$@h"' },
  { name: "an admin that is only a token", text: "admin: $" },
  { name: "a token as a list", text: "admin: { token: [$] }" },
  { name: "the app key as acceptAppKeyAs", text: "acceptAppKeyAs: $" },
  { name: "a file that is only a text", text: "$" },
  { name: "a text that is not closed", text: 'admin: { token: "$ }' },
  { name: "a line that is no YAML", text: "admin: token: $" },
  { name: "a rest after a list", text: "- a\n$" },
  { name: "a line that begins with a reserved character", text: "admin: { token: @$ }" },
  { name: "a key that reads as an alias", text: "consumers: { a: { key: *$ } }" },
  { name: "a block header with a rest", text: "consumers:\n  a:\n    key: >$\n" },
];

describe("loadSettings() of a file with secrets", () => {
  it.each(LEAKS)("shows nothing of the secret in $name", ({ text }) => {
    const written = failure(() => load(text.replaceAll("$", SECRET)));
    expect(written.problems.length).toBeGreaterThan(0);
    expect(describeProblems(written)).not.toContain(SECRET.slice(0, 6));
    expect(`${written.message}${written.stack}`).not.toContain(SECRET.slice(0, 6));
  });

  it.each(LEAKS)("shows nothing of the variable's value in $name", ({ text }) => {
    writeFileSync(file, text.replaceAll("$", "${V}"));
    const environment = { V: SECRET };
    const written = failure(() => loadSettings({ file, environment }));
    expect(describeProblems(written)).not.toContain(SECRET.slice(0, 6));
  });
});

describe("loadSettings() of a file that is none", () => {
  it("tells that it is not there, or is a folder", () => {
    for (const name of [join(folder, "none.yaml"), folder]) {
      const { problems } = failure(() => loadSettings({ file: name, environment: {} }));
      expect(problems).toMatchObject([{ path: "", remedy: expect.stringContaining("--config") }]);
    }
  });

  it.each([
    ["", "upstreams"],
    ["# nothing\n", "upstreams"],
    ["upstreams: {}", "upstreams"],
    ["5", ""],
    ["[]", ""],
    ["a: 1\na: 2", ""],
    ["a: 1\n---\nb: 2", ""],
    ["a: [1", ""],
    ["a:\n\tb: 1", ""],
    ["a: *b", ""],
  ])("tells what is wrong with %j", (text, path) => {
    expect(told(text)[0]?.path).toBe(path);
  });

  it("names line and column of what is no YAML", () => {
    expect(told("open: true\nopen: false\n")[0]?.problem).toBe(
      "This is not YAML: Map keys must be unique at line 2, column 1",
    );
  });

  it("tells of aliases that would fill the memory instead of following them", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 10; level += 1) {
      const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ");
      lines.push(`a${level}: &a${level} [${aliases}]`);
    }
    expect(told(lines.join("\n"))[0]?.problem).toContain("alias");
  });
});

describe("loadSettings() of names", () => {
  it("takes names that objects inherit as names like others", () => {
    const text = `${API}consumers: { constructor: { key: abcdefgh0 }, toString: { key: abcdefgh1 } }`;
    expect(load(text).consumers.map(({ name }) => name)).toEqual(["constructor", "toString"]);
  });

  it("refuses __proto__ for a setting, and gives nobody rights by it", () => {
    expect(told(`${API}__proto__: { open: true }`)).toMatchObject([{ path: "__proto__" }]);
    const text = `${API}consumers: { __proto__: { key: abcdefgh0 } }`;
    expect(load(text).consumers).toEqual([]);
    expect(told(`${text}\nlisten: { host: "::" }`)).toMatchObject([{ path: "listen.host" }]);
  });

  it.each(["../clientexec", "/etc/passwd", "clientexec.yaml", "", "a\0b"])(
    "reads no preset from %j",
    (preset) => {
      const problems = told(`${API}    preset: ${JSON.stringify(preset)}\n`);
      expect(problems.map(({ path }) => path)).toEqual(["upstreams.api.preset"]);
    },
  );
});

describe("loadSettings() of variables", () => {
  const TEXT = `${API}
listen: { port: "\${PORT:-8080}" }
open: "\${OPEN:-false}"
drain: "\${DRAIN:-10s}"
store: { redis: "\${REDIS:-}" }
consumers: { a: { key: "\${KEY}", weight: "\${WEIGHT:-2}" } }
`;

  it("puts them in before the types are judged", () => {
    const settings = load(TEXT, { KEY: "12345678", PORT: "0", OPEN: "true", WEIGHT: "" });
    expect(settings).toMatchObject({ listen: { port: 0 }, open: true, drainMs: 10_000 });
    expect(settings.consumers).toMatchObject([{ key: "12345678", weight: 2 }]);
  });

  it("tells of one that is not set once, beside what else is wrong, and of one of a wrong form", () => {
    expect(told(TEXT, { PORT: "http", DRAIN: "soon" }).map(({ path }) => path)).toEqual([
      "consumers.a.key",
      "listen.port",
      "drain",
    ]);
    const unset = told(`${API}    preset: "\${PRESET}"\n    caFile: "\${CA}"\n`);
    expect(unset.map(({ problem }) => problem)).toEqual([
      "needs the environment variable PRESET, which is not set",
      "needs the environment variable CA, which is not set",
    ]);
  });

  it("takes a value of YAML for a text", () => {
    const key = 'x", weight: 1000, key: "y';
    expect(load(TEXT, { KEY: key }).consumers).toMatchObject([{ key, weight: 2 }]);
  });
});

describe("loadSettings() of who may reach it", () => {
  const reachable = `${API}listen: { host: 0.0.0.0 }\n`;

  it.each([
    { name: "an open gateway", text: reachable, paths: ["listen.host"] },
    { name: "one that says open", text: `${reachable}open: true`, paths: [] },
    {
      name: "one with consumers",
      text: `${reachable}consumers: { a: { key: "12345678" } }`,
      paths: [],
    },
    {
      name: "one with no consumer in the list",
      text: `${reachable}consumers: {}`,
      paths: ["listen.host"],
    },
    {
      name: "an admin port without a token",
      text: `${API}admin: { host: 0.0.0.0, token: "\${TOKEN:-}" }`,
      paths: ["admin.token"],
    },
    {
      name: "an admin port with one",
      text: `${API}admin: { host: 0.0.0.0, token: "token" }`,
      paths: [],
    },
  ])("judges $name on every address", ({ text, paths }) => {
    const found = paths.length === 0 ? [] : told(text).map(({ path }) => path);
    expect(found).toEqual(paths);
    expect(paths.length > 0 || load(text).upstreams.length > 0).toBe(true);
  });
});

const ENVIRONMENT = {
  SLUICE_UPSTREAM_URL: "https://billing.example.com/api",
  SLUICE_APP_KEY: "app-key",
};

describe("config/sluice.yaml", () => {
  const reference = repositoryPath("config/sluice.yaml");

  it("loads with the two variables that it has no default for, and names both without", () => {
    const settings = loadSettings({ file: reference, environment: ENVIRONMENT });
    expect(settings).toMatchObject({
      listen: { host: "127.0.0.1", port: 8080 },
      admin: { host: "127.0.0.1", port: 8081, token: "" },
      store: { redis: "", onLoss: "share", maxBytes: 268_435_456, nearBytes: 33_554_432 },
      consumers: [],
    });
    expect(settings.upstreams).toMatchObject([
      {
        name: "clientexec",
        mount: "/api",
        keys: [{ in: "query", name: "apikey", value: "app-key" }],
        quotas: [{ limit: 200, windowMs: 60_000, padMs: 1000 }],
      },
    ]);
    expect(settings.upstreams[0]).not.toHaveProperty("unlistedGets");
    const { problems } = failure(() => loadSettings({ file: reference, environment: {} }));
    expect(problems.map(({ path }) => path)).toEqual([
      "upstreams.clientexec.url",
      "upstreams.clientexec.keys.0.value",
    ]);
  });

  it("listens, stores and counts by its variables", () => {
    const changes = {
      SLUICE_PORT: "9000",
      SLUICE_ADMIN_PORT: "9001",
      SLUICE_ADMIN_TOKEN: "token",
      REDIS_URL: "rediss://redis.example",
      SLUICE_PUBLIC_URL: "https://sluice.example.com",
    };
    const environment = { ...ENVIRONMENT, ...changes };
    const { listen, admin, store } = loadSettings({ file: reference, environment });
    expect([listen.port, listen.publicUrl?.origin]).toEqual([9000, "https://sluice.example.com"]);
    expect(admin).toMatchObject({ port: 9001, token: "token" });
    expect(store.redis).toBe("rediss://redis.example");
  });

  it("shows in its comments settings that exist, with their defaults where they are no examples", () => {
    writeFileSync(join(folder, "ca.pem"), "PEM");
    const text = uncommented(repositoryFile("config/sluice.yaml"));
    const described = load(text, { ...ENVIRONMENT, BILLING_SYNC_KEY: "billing-sync-key" });
    const plain = loadSettings({ file: reference, environment: ENVIRONMENT });
    expect(described.consumers.map(({ name }) => name)).toEqual([described.acceptAppKeyAs]);
    const { acceptAppKeyAs, ...settings } = described;
    expect(acceptAppKeyAs).toBe("billing-sync");
    expect({ ...settings, consumers: [], upstreams: [] }).toEqual({ ...plain, upstreams: [] });
    const [one, other] = [described, plain].map(({ upstreams }) => upstreams[0]);
    // Examples, and what the preset says otherwise.
    const { ca, proxy, reserve, shadow, unlistedGets, routes: [route] = [], ...rest } = one ?? {};
    expect(shadow?.weights).toEqual({ "billing-sync": 5 });
    expect(reserve).toEqual({ share: 0.1, urgency: 2 });
    expect(described.consumers[0]?.cap).toEqual({ limit: 60, windowMs: 60_000 });
    expect([ca, proxy?.href]).toEqual(["PEM", "http://proxy.example:3128/"]);
    // The windows are shown as examples: what the API says is the default.
    const windows = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
    expect(unlistedGets).toEqual({ ...loadedTerms(), ...windows });
    expect({ ...rest, routes: [] }).toEqual({ ...other, routes: [] });
    const { cache, query, quota, ...plainRoute } = route ?? {};
    expect(quota).toEqual({ name: "reports", limit: 20, windowMs: 60_000, padMs: 1000 });
    expect(query).toEqual({ known: ["page", "filter"], ignored: [], sorted: false });
    const { negativeLifetimeMs, ...terms } = cache ?? {};
    expect(negativeLifetimeMs).toBe(5000);
    expect({ ...plainRoute, cache: terms }).toEqual(other?.routes[0]);
  });
});

/** The terms of GETs on no route where nothing is said of them. */
function loadedTerms() {
  return load(API).upstreams[0]?.unlistedGets;
}

/** The file with its commented settings in force; words of prose that end in a colon are left out. */
function uncommented(text: string): string {
  return text.replaceAll(/^( *)# ( *(?!in:|true:|yaml-)[\w-]+:(?: .*)?)$/gm, "$1$2");
}

describe("loadSettings() of inner quotas", () => {
  it("names a route's quota for the route, and gives it the upstream's pad", () => {
    const upstream = {
      mount: "/api",
      url: "http://api.example",
      quotas: [{ limit: 200, window: "60s", pad: "700ms" }],
      reserve: { share: "10%" },
      routes: [{ match: "GET /reports/**", quota: { limit: "20", window: "60s" } }],
    };
    const [api] = load(JSON.stringify({ upstreams: { api: upstream } })).upstreams;
    const quota = { name: "GET /reports/**", limit: 20, windowMs: 60_000, padMs: 700 };
    expect(api?.routes[0]?.quota).toEqual(quota);
    expect(api?.reserve).toEqual({ share: 0.1, urgency: 2 });
  });
});

describe("config/demo.yaml", () => {
  it("loads with the simulator's address and a folder", () => {
    const environment = { ...ENVIRONMENT, DEMO_FOLDER: folder };
    const demo = repositoryPath("config/demo.yaml");
    const settings = loadSettings({ file: demo, environment });
    expect(settings.store.file).toBe(`${folder}/sluice.db`);
    expect(settings.upstreams).toMatchObject([
      { quotas: [{ limit: 20, windowMs: 6000, padMs: 200 }] },
    ]);
    expect(settings.consumers).toHaveLength(5);
  });
});

describe("config/profiles", () => {
  const environment = { SLUICE_UPSTREAM_URL: "http://origin.example", SLUICE_FOLDER: folder };
  const profile = (name: string) => {
    const settings = loadSettings({
      file: repositoryPath(`config/profiles/${name}.yaml`),
      environment,
    });
    return { ...settings, upstream: settings.upstreams[0] };
  };

  it("has one that is transparent: all passes, and the origin decides of everything", () => {
    expect(profile("conformance").upstream).toMatchObject({
      keys: [],
      varyFields: ["*"],
      coding: "pass",
      cookies: "store",
      liberal: true,
      unlistedGets: { override: false, heuristics: true, cookies: "store", liberal: true },
    });
  });

  it("has one of what is shipped, but for a quota that does not bind and fields for its tests", () => {
    const { upstream, ...settings } = profile("default");
    const plain = load(API);
    const { listen, admin, store } = plain;
    expect({ ...settings, listen, admin, store, upstreams: [] }).toEqual({
      ...plain,
      upstreams: [],
    });
    const { name, mount, url, quotas, concurrency } = plain.upstreams[0] ?? {};
    const own = { name, mount, url, quotas, concurrency, varyFields: [] };
    expect(upstream?.varyFields).not.toContain("cookie");
    expect({ ...upstream, ...own }).toEqual(plain.upstreams[0]);
  });
});

describe("config/team.yaml", () => {
  it("loads with its variables, and names each that is missing at once", () => {
    const environment = {
      ...ENVIRONMENT,
      SLUICE_ADMIN_TOKEN: "admin-token",
      SLUICE_CONSUMER_KEY: "consumer-key",
      REDIS_URL: "redis://redis:6379",
    };
    const team = repositoryPath("config/team.yaml");
    expect(loadSettings({ file: team, environment }).listen.host).toBe("0.0.0.0");
    const { problems } = failure(() => loadSettings({ file: team, environment: {} }));
    const missing = problems.map(({ problem }) => /variable (\w+)/.exec(problem)?.[1]);
    expect(new Set(missing)).toEqual(new Set(Object.keys(environment)));
  });
});

describe("loadSettings()", () => {
  it("loads what it loaded before alike, written as JSON too", () => {
    const text = `${API}consumers: { a: { key: abcdefgh, maxWait: 5s, allow: ["GET /**"] } }`;
    const once = load(text);
    expect(once.consumers).toEqual([
      {
        name: "a",
        key: "abcdefgh",
        weight: 1,
        priority: 3,
        allow: [{ methods: ["GET"], path: "/**" }],
        maxWaitMs: 5000,
        mayForce: false,
      },
    ]);
    expect(load(JSON.stringify(parse(text)))).toEqual(once);
    expect(load(stringify(parse(text)))).toEqual(once);
  });
});
