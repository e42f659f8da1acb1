import { readdirSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, unzipSync } from "node:zlib";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { Mask } from "../../src/forward/mask.ts";
import { crashText } from "../../src/observe/crash-text.ts";
import { canary, foundIn } from "../support/canaries.ts";
import { sluice } from "../support/command-line.ts";
import { runGateway, type GatewayProcess } from "../support/instance.ts";
import { httpOrigin, textOf, type Origin } from "../support/origin.ts";
import { startRedis, type RedisInstance } from "../support/redis-instance.ts";
import { sendRaw } from "../support/raw-client.ts";

/*
 * Promise P9: secrets that are known are sent through everything, by an upstream that echoes whatever it gets, and then
 * looked for in everything that anybody can read.
 */

const APP = {
  query: canary("Query"),
  header: canary("Header"),
  basic: canary("Basic"),
  form: canary("Form"),
};
const ADMIN = { token: canary("Admin"), readToken: canary("Read") };
const KEYS = { alice: canary("Alice"), bob: canary("Bob") };
const STRANGER = { stranger: canary("Stranger") };
const REDIS = { redis: canary("Redis") };
const ALL = { ...APP, ...ADMIN, ...KEYS, ...STRANGER, ...REDIS };

const folder = mkdtempSync(join(tmpdir(), "sluice-secrets-"));
let origin: Origin;
let redis: RedisInstance;
let configText = "";
const spansFile = join(folder, "spans.txt");
/** What the last gateway printed, as far as it was read. */
let open: GatewayProcess | undefined;

beforeAll(async () => {
  redis = await startRedis({ args: ["--requirepass", REDIS.redis] });
  origin = await httpOrigin(async (request, response) => {
    const body = await textOf(request);
    const { url = "", rawHeaders } = request;
    response.setHeader("Content-Type", "application/json");
    response.setHeader("X-Echo", `${url} ${rawHeaders.join(" ")} ${body}`);
    response.setHeader("Location", `http://${request.headers.host}${url}`);
    response.setHeader("WWW-Authenticate", `Basic realm="${url}"`);
    response.end(JSON.stringify({ url, rawHeaders, body }));
  });
});
afterEach(() => open?.[Symbol.asyncDispose]());
afterAll(async () => {
  await origin[Symbol.asyncDispose]();
  await redis.stop();
  rmSync(folder, { recursive: true });
});

function config(store: object): object {
  const routes = [
    { match: "GET /ticket/:id", groups: ["t"], cache: { lifetime: "60s", override: true } },
    { match: "PUT /ticket/:id", invalidates: ["t"] },
  ];
  const api = (mount: string, keys: object[]): object => ({
    mount,
    url: origin.url.href,
    keys,
    routes,
    quotas: [{ limit: 500, window: "60s", pad: "100ms" }],
    timeouts: { connect: "1s" },
    queue: { maxWait: "1s" },
  });
  return {
    listen: { port: 0 },
    admin: { port: 0, ...ADMIN },
    log: { level: "trace" },
    store,
    upstreams: {
      q: api("/q", [{ in: "query", name: "apikey", value: APP.query }]),
      h: api("/h", [{ in: "header", name: "X-Key", value: APP.header }]),
      b: api("/b", [{ in: "basic", username: "user", value: APP.basic }]),
      f: api("/f", [{ in: "form", name: "apikey", value: APP.form }]),
    },
    consumers: {
      alice: { key: KEYS.alice },
      bob: { key: KEYS.bob, allow: ["GET /ticket/**"] },
    },
  };
}

/** Every kind of request, with a key in each place where somebody might put it. */
async function traffic(base: string): Promise<string> {
  const answers: string[] = [];
  const say = async (path: string, init: RequestInit = {}): Promise<void> => {
    const answer = await fetch(`${base}${path}`, { redirect: "manual", ...init });
    const head = JSON.stringify([...answer.headers]);
    answers.push(`${answer.status} ${head} ${await answer.text()}`);
  };
  const bearer = { Authorization: `Bearer ${KEYS.alice}` };
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const at = async (mount: string): Promise<void> => {
    await say(`/${mount}/ticket/1`, { headers: bearer });
    await say(`/${mount}/ticket/1`, { headers: bearer });
    await say(`/${mount}/ticket/1`, {
      method: "PUT",
      body: "a=1",
      headers: { ...bearer, ...form },
    });
    await say(`/${mount}/ticket/1`, { method: "HEAD", headers: bearer });
    await say(`/${mount}/other`, { headers: { ...bearer, "Accept-Encoding": "br" } });
    // Strangers, and keys in the wrong places.
    for (const key of [STRANGER.stranger, KEYS.alice]) {
      const coded = encodeURIComponent(key);
      const basic = Buffer.from(`${key}:x`).toString("base64");
      await say(`/${mount}/ticket/1?apikey=${coded}`);
      await say(`/${mount}/ticket/1?token=${coded}`);
      await say(`/${mount}/ticket/1`, { headers: { Authorization: `Basic ${basic}` } });
      await say(`/${mount}/ticket/1`, { headers: { Authorization: `Digest ${key}` } });
      await say(`/${mount}/ticket/1`, {
        headers: { "X-Key": key, Cookie: `k=${key}`, "User-Agent": key, "Sluice-Consumer": key },
      });
      await say(`/${mount}/ticket/1`, { method: "POST", body: `apikey=${coded}`, headers: form });
    }
    // Where spans, logs and accounts take their words from.
    const named = {
      ...bearer,
      "X-Request-Id": KEYS.alice,
      traceparent: KEYS.alice,
      Via: KEYS.alice,
    };
    await say(`/${mount}/other/${encodeURIComponent(KEYS.alice)}`, { headers: named });
    const bob = { Authorization: `Bearer ${KEYS.bob}` };
    await say(`/${mount}/user?apikey=${encodeURIComponent(KEYS.bob)}`, { headers: bob });
  };
  await Promise.all(["q", "h", "b", "f"].map(at));
  await say(`/nowhere?apikey=${encodeURIComponent(KEYS.alice)}`, { headers: bearer });
  for (const line of ["GET /q/a b", "GARBAGE", `GET /q/../${encodeURIComponent(KEYS.alice)}`]) {
    const bytes = `${line} HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer ${KEYS.alice}\r\n\r\n`;
    answers.push((await sendRaw(base, bytes)).text);
  }
  return answers.join("\n");
}

const PAGES = [
  "/livez",
  "/readyz",
  "/status",
  "/metrics",
  "/",
  "/openapi.json",
  "/reference",
  "/audit",
  "/consumers",
  "/accounts",
  "/shadow",
  "/forecast",
  "/nothing",
];

/** Everything that the admin port tells, to whoever it tells it. */
async function pages(gateway: GatewayProcess): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  const who = { full: ADMIN.token, read: ADMIN.readToken, nobody: STRANGER.stranger };
  for (const [name, token] of Object.entries(who)) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const say = async (path: string, order?: object): Promise<void> => {
      const init = order ? { method: "POST", body: JSON.stringify(order), headers } : { headers };
      const answer = await fetch(`${gateway.adminUrl}${path}`, init);
      const text = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
      told[`${name} ${path} ${JSON.stringify(order)}`] = text;
    };
    for (const path of PAGES) await say(path);
    const path = `/q/ticket/1?apikey=${encodeURIComponent(KEYS.alice)}`;
    await say("/explain", { method: "GET", target: path, consumer: "alice" });
    await say("/explain", { method: "GET", path, headers: { "X-Key": KEYS.alice } });
    await say("/purge", { upstream: "q", path: "/ticket/1" });
    await say("/warm", { urls: ["/q/ticket/9"], consumer: "alice" });
    await say("/reload", {});
  }
  return told;
}

function leaks(places: Readonly<Record<string, string | Buffer>>, secrets = ALL as object) {
  const named = secrets as Record<string, string>;
  return Object.entries(places).flatMap(([place, text]) =>
    foundIn(text, named).map((name) => `${name} in ${place}`),
  );
}

function start(store: object, environment: Record<string, string> = {}): Promise<GatewayProcess> {
  const told = config(store);
  configText = join(folder, "sluice.yaml");
  writeFileSync(configText, stringify(told));
  const preloads = ["test/support/crash-on-signal.ts", "test/support/spans-to-file.ts"];
  return runGateway(told, { environment: { SPANS_FILE: spansFile, ...environment }, preloads });
}

function printed(gateway: GatewayProcess): Record<string, string> {
  const lines = JSON.stringify(gateway.lines);
  return { "standard output": lines, "standard error": gateway.errors() };
}

/** All that a tracer was told by a gateway that has ended: exchanges, their steps, failures. */
function spans(): Record<string, string> {
  const text = readFileSync(spansFile, "utf8");
  for (const name of ["lookup", "queue", "forward", "GET /ticket/:id"])
    expect(text).toContain(name);
  expect(text).toMatch(/'error.type': '(?:store-unavailable|upstream-unreachable)'/);
  return { spans: text };
}

/** Every key of the Redis, its type and all that it holds, as it is and decompressed. */
async function dumped(url: string): Promise<Record<string, Buffer>> {
  const client = new Redis(url);
  const places: Record<string, Buffer> = {};
  for (const key of await client.keys("*")) {
    const type = await client.type(key);
    const read: Record<string, () => Promise<unknown>> = {
      string: () => client.getBuffer(key),
      hash: () => client.callBuffer("HGETALL", key),
      list: () => client.callBuffer("LRANGE", key, 0, -1),
      set: () => client.callBuffer("SMEMBERS", key),
      zset: () => client.callBuffer("ZRANGE", key, 0, -1, "WITHSCORES"),
      stream: () => client.callBuffer("XRANGE", key, "-", "+"),
    };
    const held = [await read[type]?.()].flat(4).filter((part) => Buffer.isBuffer(part));
    expect(held.length).toBeGreaterThan(0);
    places[`${type} ${key}`] = Buffer.concat([Buffer.from(key), ...held.flatMap(readable)]);
  }
  client.disconnect();
  return places;
}

function readable(bytes: Buffer): Buffer[] {
  const tried = [unzipSync, brotliDecompressSync].flatMap((undo) => {
    try {
      return [undo(bytes)];
    } catch {
      return [];
    }
  });
  return [bytes, ...tried];
}

describe("foundIn()", () => {
  it("finds a secret in each spelling", () => {
    const { stranger } = STRANGER;
    const spelled = [
      stranger,
      encodeURIComponent(stranger),
      JSON.stringify({ stranger }),
      Buffer.from(`ab${stranger}:x`).toString("base64"),
      Buffer.from(`a${stranger}`).toString("base64url"),
      Buffer.from(stranger).toString("hex"),
    ];
    for (const text of spelled) expect(foundIn(text, STRANGER)).toEqual(["stranger"]);
    expect(foundIn("*".repeat(100), ALL)).toEqual([]);
  });
});

describe("a secret", () => {
  it("is nowhere to be read with Redis, in its failures neither", async () => {
    const address = `redis://:${encodeURIComponent(REDIS.redis)}@127.0.0.1:${redis.port}`;
    open = await start({ redis: address });
    const base = new URL(open.url).origin;
    const [first, told] = [await traffic(base), await pages(open)];
    const again = await traffic(base);
    expect(first).toContain("*****");
    const secrets = { ...APP, ...ADMIN, ...REDIS };
    expect(leaks({ first, again }, secrets)).toEqual([]);
    expect(leaks(told)).toEqual([]);
    expect(told["full /status undefined"]).toMatch(/^200 /);
    const held = await dumped(address);
    expect(Object.keys(held).length).toBeGreaterThan(5);
    expect(leaks(held)).toEqual([]);
    const { pid } = open.child;
    expect(leaks({ argv: readFileSync(`/proc/${pid}/cmdline`) })).toEqual([]);
    await redis.stop();
    const away = await traffic(base);
    expect(away).toContain("store-unavailable");
    expect(leaks({ away }, secrets)).toEqual([]);
    expect(leaks(await pages(open))).toEqual([]);
    await open.stop();
    expect(leaks({ ...printed(open), ...spans() })).toEqual([]);
    expect(open.lines.length).toBeGreaterThan(20);
  });

  it("is not in the files of the embedded store, nor in problems where the upstream is away", async () => {
    open = await start({ file: join(folder, "store.db") });
    const base = new URL(open.url).origin;
    const first = await traffic(base);
    const headers = { Authorization: `Bearer ${ADMIN.token}`, "Content-Type": "application/json" };
    const body = JSON.stringify({ name: "carol" });
    const made = await fetch(`${open.adminUrl}/consumers`, { method: "POST", headers, body });
    const { key } = (await made.json()) as { key: string };
    expect(key.length).toBeGreaterThan(10);
    // No upstream hears the next one.
    await origin[Symbol.asyncDispose]();
    const broken = await traffic(base);
    expect(broken).toContain("upstream-unreachable");
    const told = await pages(open);
    expect(leaks({ first, broken }, { ...APP, ...ADMIN })).toEqual([]);
    await open.stop();
    const places = { ...told, ...printed(open), ...spans() };
    expect(leaks(places, { ...ALL, carol: key })).toEqual([]);
    const files = readdirSync(folder).filter((name) => name.startsWith("store"));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      const bytes = readFileSync(join(folder, name));
      expect(leaks({ [name]: bytes }, { ...ALL, carol: key })).toEqual([]);
    }
  });

  it("is not told of by an error however it is written out", () => {
    const cause = Object.assign(new Error("deep"), { request: { headers: ["X-Key", APP.header] } });
    const error = new Error(`GET /?apikey=${encodeURIComponent(APP.header)}`, { cause });
    const mask = { text: (text: string): string => new Mask([APP.header]).text(text) };
    expect(foundIn(crashText(error, mask), APP)).toEqual([]);
    expect(crashText(error, mask)).toContain("deep");
  });

  it("is not told of by a crash, nor by the commands that read the configuration", async () => {
    open = await start({ file: join(folder, "crash.db") }, { CRASH_SECRET: APP.query });
    const code = await open.stop("SIGUSR2");
    expect(code).toBe(1);
    expect(open.errors()).toContain("crashed with");
    expect(leaks(printed(open))).toEqual([]);
    const checked = await sluice(["check", "--config", configText]);
    const asJson = await sluice(["check", "--json", "--config", configText]);
    const faulty = join(folder, "faulty.yaml");
    const wrong = readFileSync(configText, "utf8").replace("limit: 500", "limit: -1");
    writeFileSync(faulty, wrong.replace("connect: 1s", `connect: soon\n      frobs: 1`));
    const refused = await sluice(["check", "--config", faulty]);
    expect([checked.code, asJson.code]).toEqual([0, 0]);
    expect(refused.code).not.toBe(0);
    const places = Object.fromEntries(
      [checked, asJson, refused].map(({ out, err }, at) => [`check ${at}`, `${out}${err}`]),
    );
    expect(leaks(places)).toEqual([]);
  });
});
