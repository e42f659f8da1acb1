import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { pino } from "pino";
import { Agent, request } from "undici";
import { start, type Running } from "../../src/start/instance.ts";
import { TICKET_ROUTES } from "../support/gateway.ts";
import { httpOrigin, type Origin } from "../support/origin.ts";
import { startRedis } from "../support/redis-instance.ts";
import { sendRaw } from "../support/raw-client.ts";
import { settings, upstream } from "../support/settings.ts";
import { trendOf, type Trend } from "./trend.ts";

/*
 * `npm run test:soak`: SOAK_MINUTES (10) of mixed traffic at full speed through a gateway on each kind of store, in this
 * process. Between rounds all of it rests, is collected, and counted: what grows is a leak.
 */

const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 10);
const PAGE = "docs/reliability.md";
const MARKS = ["<!-- soak: begin -->", "<!-- soak: end -->"] as const;
const ROUND_MS = 4000;
const WIDTH = 16;
/** Stored responses of 4 KB each: many more than there is room for. */
const NAMES = 20_000;
const STORE_BYTES = 2_000_000;
const NEAR_BYTES = 500_000;
/** Beside stored responses: ledger, accounts, names, free pages and the write-ahead log, in megabytes. */
const BESIDE_MB = 16;
const KEYS = ["key-of-alice-0001", "key-of-bob-0002", "key-of-carol-0003"];
/** A busy day's average: 200 exchanges a minute of upstream quota, of which the cache makes five times as many. */
const EXCHANGES_OF_TWO_HOURS = 2 * 60 * 200 * 5;

const folder = mkdtempSync(join(tmpdir(), "sluice-soak-"));
const redis = await startRedis();
const client = new Redis(redis.url);
const agent = new Agent({ connections: 64 });
const origin = await startOrigin();
const gateways = [await run({ file: join(folder, "soak.db") }), await run({ redis: redis.url })];
const begunAt = performance.now();
const samples: Record<string, number[]> = {};
let exchanges = 0;
let wrong = 0;
/** Problems of a busy machine, each with its reason: 429, 503, 504. */
let refused = 0;

while (performance.now() - begunAt < MINUTES * 60_000) {
  const until = performance.now() + ROUND_MS;
  await Promise.all(
    gateways.flatMap((gateway) => Array.from({ length: WIDTH }, () => walk(gateway, until))),
  );
  await sample();
}
const minutes = (performance.now() - begunAt) / 60_000;
const judged: Record<string, Trend> = {
  "heap, MB": trendOf(samples["heap"] ?? [], { tolerance: 0.05, slack: 3 }),
  "buffers outside it, MB": trendOf(samples["buffers"] ?? [], { tolerance: 0.1, slack: 3 }),
  "active handles and timers": trendOf(samples["handles"] ?? [], { tolerance: 0.05, slack: 5 }),
  "open files and sockets": trendOf(samples["files"] ?? [], { tolerance: 0.05, slack: 5 }),
  "SQLite files, MB": bounded(samples["sqlite"] ?? []),
  "Redis, MB": bounded(samples["redis"] ?? []),
};
for (const gateway of gateways) await gateway.stop();
await agent.destroy();
await origin[Symbol.asyncDispose]();
client.disconnect();
await redis.stop();
rmSync(folder, { recursive: true });
const failed = wrong > 0 || Object.values(judged).some(({ flat }) => !flat);
record(report());
process.exit(failed ? 1 : 0);

/** A store fills up to its bound, so that is what it is judged by. */
function bounded(list: readonly number[]): Trend {
  const trend = trendOf(list, { tolerance: 0, slack: 0 });
  return { ...trend, flat: trend.most <= STORE_BYTES / 1e6 + BESIDE_MB };
}

async function startOrigin(): Promise<Origin> {
  return httpOrigin((incoming, response) => {
    incoming.resume();
    const status = incoming.url?.startsWith("/other/404") === true ? 404 : 200;
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ of: incoming.url?.split("?", 1)[0], pad: "x".repeat(4000) }));
  });
}

function run(store: { file: string } | { redis: string }): Promise<Running> {
  const base = { weight: 1, priority: 3, allow: [], mayForce: false };
  const bounds = { maxBytes: STORE_BYTES, nearBytes: NEAR_BYTES };
  const api = upstream({
    url: origin.url,
    quotas: [{ name: "api", limit: 100_000, windowMs: 60_000, padMs: 1000 }],
    routes: TICKET_ROUTES,
  });
  const whole = settings({
    store: { ...settings().store, ...bounds, ...store },
    upstreams: [api],
    consumers: KEYS.map((key, at) => ({ ...base, key, name: `consumer-${at}` })),
  });
  return start(whole, pino({ level: "silent" }));
}

/** One client: this and that, one after the other. */
async function walk(gateway: Running, until: number): Promise<void> {
  for (let at = Math.floor(Math.random() * 100); performance.now() < until; at += 1) {
    exchanges += 1;
    await step(gateway, at % 20).catch(() => {});
  }
}

async function step(gateway: Running, kind: number): Promise<void> {
  // Few names are asked for often and many now and then.
  const name = Math.floor(NAMES * Math.random() ** 4);
  const key = KEYS[name % KEYS.length] ?? "";
  if (kind === 0) return expectOf(gateway, { method: "PUT", path: `/ticket/${name}`, key }, 200);
  if (kind === 1) return expectOf(gateway, { method: "GET", path: "/other/404", key }, 404);
  if (kind === 2) return expectOf(gateway, { method: "GET", path: "/ticket/1", key: "wrong" }, 401);
  if (kind === 3) return expectOf(gateway, { method: "HEAD", path: `/ticket/${name}`, key }, 200);
  if (kind === 4) return leave(gateway, `/other/${name}`, key);
  if (kind === 5) return garbage(gateway, name);
  return expectOf(gateway, { method: "GET", path: `/ticket/${name}`, key }, 200);
}

interface Asked {
  readonly method: "GET" | "PUT" | "HEAD";
  readonly path: string;
  readonly key: string;
}

/** Asks, and looks whether the answer is the one to this request. */
async function expectOf(gateway: Running, asked: Asked, status: number): Promise<void> {
  const { method, path, key } = asked;
  const headers = { authorization: `Bearer ${key}` };
  const body = method === "PUT" ? "a=1" : null;
  const options = { method, headers, body, dispatcher: agent };
  const answer = await request(`${gateway.url}/api${path}`, options);
  const text = await answer.body.text();
  const whole = status !== 200 || method === "HEAD" || text.includes(`"of":"${path}"`);
  if ([429, 503, 504].includes(answer.statusCode)) refused += 1;
  else if (answer.statusCode !== status || !whole) wrong += 1;
}

/** A client that goes away while it waits. */
async function leave(gateway: Running, path: string, key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const signal = AbortSignal.timeout(1);
  const answer = await request(`${gateway.url}/api${path}`, { headers, signal });
  await answer.body.dump();
}

async function garbage(gateway: Running, name: number): Promise<void> {
  const bytes = [
    "GARBAGE\r\n\r\n",
    "GET /api/../x HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n",
  ];
  await sendRaw(gateway.url, bytes[name % 2] ?? "");
}

async function sample(): Promise<void> {
  // Twice: what finalizers let go of is collected by the second.
  globalThis.gc?.();
  await new Promise(setImmediate);
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const files = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  const used = /used_memory:(\d+)/.exec(await client.info("memory"))?.[1];
  add("heap", heapUsed / 1e6);
  add("buffers", arrayBuffers / 1e6);
  add("handles", process.getActiveResourcesInfo().length);
  add("files", readdirSync("/proc/self/fd").length);
  add("sqlite", files.reduce((sum, size) => sum + size, 0) / 1e6);
  add("redis", Number(used) / 1e6);
  const all = Object.entries(samples).map(([name, list]) => `${name} ${list.at(-1)?.toFixed(1)}`);
  process.stdout.write(
    `${exchanges} exchanges, ${wrong} wrong, ${refused} refused; ${all.join(", ")}\n`,
  );
}

function add(name: string, value: number): void {
  (samples[name] ??= []).push(value);
}

/** Markdown for the page. */
function report(): string {
  const hours = ((exchanges / EXCHANGES_OF_TWO_HOURS) * 2).toFixed(1);
  const rows = Object.entries(judged).map(([name, { first, last, most, growth, flat }]) => {
    const cells = [first, last, most, growth].map((value) => value.toFixed(1)).join(" | ");
    return `| ${name} | ${cells} | ${flat ? "yes" : "**no**"} |`;
  });
  return [
    `${exchanges} exchanges in ${minutes.toFixed(1)} minutes on ${cpus().length} cores, as many as come in ${hours} hours where 1000 a`,
    `minute do; ${wrong} wrong answers, ${refused} refusals (429, 503, 504). ${samples["heap"]?.length ?? 0} samples, each after a collection; growth is that of the last two thirds.`,
    "",
    "| what | first | last | most | growth | flat, or below its bound |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Puts the figures between this bench's own marks, and leaves the rest of the page alone. */
function record(text: string): void {
  process.stdout.write(`${text}\n`);
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "# Reliability\n";
  const [begin, end] = MARKS;
  const part = `${begin}\n\n${text}\n\n${end}`;
  const [before = "", rest] = page.split(begin, 2);
  const after = rest?.split(end, 2)[1];
  const heading = "## A long run\n\n`npm run test:soak` writes what follows.\n\n";
  writeFileSync(
    PAGE,
    after === undefined ? `${page.trimEnd()}\n\n${heading}${part}\n` : `${before}${part}${after}`,
  );
}
