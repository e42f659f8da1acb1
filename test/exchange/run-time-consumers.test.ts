import { createHash, randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { pino } from "pino";
import { request } from "undici";
import { describe, expect, inject, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";
import { settings } from "../support/settings.ts";
import type { Running } from "../../src/start/instance.ts";
import type { Consumer, Settings } from "../../src/ports/settings.ts";

const TOKEN = "admin-token-0123456789";
const JSON_TYPE = { "content-type": "application/json" };

const SEED: Consumer = {
  name: "seed",
  key: "seed-key-0123456789",
  weight: 1,
  priority: 3,
  allow: [],
  mayForce: false,
};

type Method = "GET" | "POST" | "PATCH" | "DELETE";

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** Two instances on one store, everything that they log, and every answer of the admin port. */
interface Pair extends AsyncDisposable {
  readonly world: World;
  readonly a: Running;
  readonly b: Running;
  readonly log: () => string;
  readonly order: (gateway: Running, line: string, body?: unknown) => Promise<Said>;
}

async function startPair(changes: Partial<Settings> = {}): Promise<Pair> {
  let logged = "";
  const out = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const admin = { host: "127.0.0.1", port: 0, token: TOKEN };
  const log = pino({ level: "trace" }, out);
  const world = await startWorld({ log, settings: { admin, ...changes } });
  const b = await world.another();
  return {
    world,
    a: world.gateway,
    b,
    log: () => logged,
    async order(gateway, line, body) {
      const [method, path = ""] = line.split(" ");
      const headers = { authorization: `Bearer ${TOKEN}`, ...JSON_TYPE };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      return say(`${gateway.adminUrl}${path}`, { method: method as Method, headers, ...sent });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

async function say(url: string, options: Parameters<typeof request>[1] = {}): Promise<Said> {
  const response = await request(url, options);
  const text = await response.body.text();
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.statusCode, body, text };
}

function ask(gateway: Running, key: string, path = "/invoice/1") {
  return say(`${gateway.url}/api${path}?apikey=${key}`);
}

/** How long it takes until a request is answered so, in milliseconds; a second is promised. */
async function until(status: number, asking: () => Promise<Said>): Promise<number> {
  const since = performance.now();
  while ((await asking()).status !== status) {
    if (performance.now() - since > 5000) throw new Error(`It was never answered ${status}.`);
  }
  return performance.now() - since;
}

const STORES = [
  { name: "Redis", store: () => onRedis() },
  { name: "a file", store: () => ({}) },
];

function onRedis(): Partial<Settings> {
  const store = { ...settings().store, redis: inject("redisUrl"), prefix: `test-${randomUUID()}` };
  return { store };
}

describe.each(STORES)("consumers at run time, two instances on $name", ({ store }) => {
  it("are known to the other instance within a second: made, changed, disabled, enabled, removed", async () => {
    // Until the other instance knows a key it is asked with it again and again.
    const limits = { ...settings().limits, wrongKeys: 100_000 };
    await using pair = await startPair({ ...store(), limits, consumers: [SEED] });
    const { a, b, order } = pair;
    const made = await order(a, "POST /consumers", { name: "portal", weight: 3 });
    expect(made.status).toBe(201);
    const key = String(made.body["key"]);
    // The instance that was asked knows before it answers.
    expect((await ask(a, key)).status).toBe(200);
    const took = [await until(200, () => ask(b, key))];

    await order(a, "PATCH /consumers/portal", { allow: ["GET /ticket/**"] });
    expect((await ask(a, key)).status).toBe(403);
    took.push(await until(403, () => ask(b, key)));
    expect((await ask(b, key, "/ticket/1")).status).toBe(200);

    await order(b, "PATCH /consumers/portal", { enabled: false });
    took.push(await until(401, () => ask(a, key, "/ticket/1")));
    const refused = await ask(b, key, "/ticket/1");
    expect(refused.body).toMatchObject({ type: "urn:sluice:problem:unknown-consumer" });
    expect(refused.text).toContain("disabled");

    await order(b, "PATCH /consumers/portal", { enabled: true });
    took.push(await until(200, () => ask(a, key, "/ticket/1")));

    await order(a, "PATCH /consumers/portal", { enabled: false });
    expect((await order(a, "DELETE /consumers/portal")).status).toBe(204);
    await until(401, () => ask(b, key, "/ticket/1"));
    expect((await order(b, "GET /consumers/portal")).status).toBe(404);
    expect((await ask(b, SEED.key)).status).toBe(200);
    expect(Math.max(...took)).toBeLessThan(1000);
  });

  it("rotate with an overlap in which both keys are valid, and without one where a key has leaked", async () => {
    await using pair = await startPair({ ...store(), consumers: [SEED] });
    const { a, b, order } = pair;
    const first = String((await order(a, "POST /consumers", { name: "sync" })).body["key"]);
    const rotated = await order(a, "POST /consumers/sync/rotate", {});
    const second = String(rotated.body["key"]);
    await until(200, () => ask(b, second));
    expect((await ask(b, first)).status).toBe(200);
    const [, { until: end }] = rotated.body["keys"] as [object, { until: string }];
    expect(Date.parse(end) - Date.now()).toBeGreaterThan(86_300_000);
    const leaked = await order(b, "POST /consumers/sync/rotate", { overlap: "0s" });
    const third = String(leaked.body["key"]);
    await until(401, () => ask(a, first));
    const codes = await Promise.all([first, second, third].map((key) => ask(a, key)));
    expect(codes.map(({ status }) => status)).toEqual([401, 401, 200]);
  });

  it("close an open gateway for strangers, and it stays closed when the last of them is removed", async () => {
    await using pair = await startPair(store());
    const { a, b, order } = pair;
    expect((await ask(b, "anything")).status).toBe(200);
    await order(a, "POST /consumers", { name: "only" });
    expect((await ask(a, "anything")).status).toBe(401);
    await until(401, () => ask(b, "anything"));
    await order(a, "PATCH /consumers/only", { enabled: false });
    await order(a, "DELETE /consumers/only");
    expect((await ask(a, "anything")).status).toBe(401);
    const later = await pair.world.another();
    expect((await ask(later, "anything")).status).toBe(401);
    expect((await order(b, "PATCH /consumers", { open: true })).status).toBe(204);
    await until(200, () => ask(a, "anything"));
  });

  it("leave no key and no digest in any log line, answer, audit or status, but the one that makes it (P9)", async () => {
    await using pair = await startPair({ ...store(), consumers: [SEED] });
    const { a, b, order } = pair;
    const answers: string[] = [];
    const keep = async (gateway: Running, line: string, body?: unknown) => {
      const said = await order(gateway, line, body);
      const key = said.body["key"];
      answers.push(typeof key === "string" ? said.text.replace(key, "KEY") : said.text);
      return key as string;
    };
    const keys = [
      await keep(a, "POST /consumers", { name: "portal" }),
      await keep(a, "POST /consumers/portal/rotate", {}),
    ];
    await until(200, () => ask(b, keys[1] ?? ""));
    await keep(b, "PATCH /consumers/portal", { weight: 2, enabled: false });
    for (const key of keys) answers.push((await ask(b, key)).text);
    for (const path of ["/consumers", "/consumers/portal", "/audit", "/status"]) {
      await keep(a, `GET ${path}`);
      await keep(b, `GET ${path}`);
    }
    const seen = `${pair.log()}${answers.join("\n")}`;
    expect(seen).toContain("create-consumer");
    expect(seen.match(/KEY/g)).toHaveLength(2);
    for (const key of [...keys, SEED.key, TOKEN]) {
      const digest = createHash("sha256").update(key).digest("hex");
      expect(seen).not.toContain(key);
      expect(seen).not.toContain(digest);
    }
    expect(JSON.stringify(pair.world.simulator.arrivals())).not.toContain(keys[1]);
  });
});

describe("the admin port of consumers", () => {
  it("hears neither strangers nor forms nor pages of other origins, whatever the method", async () => {
    await using pair = await startPair();
    const { a } = pair;
    const right = { authorization: `Bearer ${TOKEN}`, ...JSON_TYPE };
    const lines = [
      ["POST", "/consumers", '{"name":"evil"}'],
      ["POST", "/consumers/x/rotate", "{}"],
      ["PATCH", "/consumers/x", '{"weight":2}'],
      ["PATCH", "/consumers", '{"open":true}'],
      ["DELETE", "/consumers/x", "{}"],
    ] as const;
    for (const [method, path, body] of lines) {
      const codes = await Promise.all(
        [
          JSON_TYPE,
          { ...right, authorization: "Bearer wrong" },
          { ...right, "content-type": "text/plain" },
          { ...right, origin: "http://evil.example" },
        ].map((headers) => say(`${a.adminUrl}${path}`, { method, headers, body })),
      );
      expect(codes.map(({ status }) => status)).toEqual([401, 401, 415, 403]);
    }
    expect((await pair.order(a, "GET /consumers")).body).toMatchObject({ consumers: [] });
    expect((await pair.order(a, "GET /audit")).body).toEqual({ entries: [] });
  });

  it("is not reachable through the proxy port", async () => {
    await using pair = await startPair();
    expect((await say(`${pair.a.url}/consumers`)).status).toBe(404);
  });

  it("leaves the file's consumers as they are, and says where they are defined", async () => {
    await using pair = await startPair({ consumers: [SEED] });
    const refused = await pair.order(pair.a, "PATCH /consumers/seed", { weight: 9 });
    expect([refused.status, refused.body["detail"]]).toEqual([
      409,
      expect.stringContaining("configuration file"),
    ]);
    const { body } = await pair.order(pair.a, "GET /audit");
    expect(body).toMatchObject({
      entries: [
        { action: "change-consumer", order: { name: "seed", weight: 9 }, result: "refused" },
      ],
    });
  });
});
