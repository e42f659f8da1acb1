import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as otherWork } from "node:timers/promises";
import * as fc from "fast-check";
import { pino } from "pino";
import { Agent, request } from "undici";
import { describe, expect, inject, it } from "vitest";
import { start, type Running } from "../../src/start/instance.ts";
import { startGatedApi, type Ending, type GatedApi } from "../support/gated-api.ts";
import { cachePolicy, route, settings, upstream } from "../support/settings.ts";
import type { Route, Settings, StoreSettings } from "../../src/ports/settings.ts";

/*
 * Promise P7 as a model: whatever the order in which GETs and writes through several instances start, act at the API
 * and are answered, no GET that starts after a write's answer sees the state before that write.
 */

const INSTANCES = 3;

type Step =
  | { readonly kind: "get" | "write"; readonly at: number }
  | { readonly kind: "act"; readonly pick: number }
  | { readonly kind: "end"; readonly pick: number; readonly ending: Ending }
  /** Other work goes on for a while, or everything that is under way comes to its end. */
  | { readonly kind: "wait"; readonly turns: number }
  | { readonly kind: "finish" };

const at = fc.nat(INSTANCES - 1);
const pick = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("get" as const), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("write" as const), at }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("act" as const), pick }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      pick,
      ending: fc.constantFrom<Ending>("answer", "answer", "answer", "answer", "fail", "break"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("wait" as const), turns: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "finish" as const }) },
);

/** What histories share. */
interface World {
  readonly api: GatedApi;
  readonly bases: readonly string[];
  readonly agent: Agent;
}

/** What each GET saw, and the least that it had to see. */
interface Seen {
  readonly version: number;
  readonly floor: number;
  readonly how: string;
}

class History {
  readonly seen: Seen[] = [];
  readonly #api: GatedApi;
  readonly #bases: readonly string[];
  readonly #agent: Agent;
  readonly #open = new Set<Promise<void>>();
  readonly #path: string;
  readonly #lasting: boolean;
  #writes = 0;
  /** The newest state whose write has been answered. */
  #floor = 0;

  constructor({ api, bases, agent, lasting }: World & { readonly lasting: boolean }) {
    this.#lasting = lasting;
    this.#path = `/${lasting ? "lasting" : "brief"}/${randomUUID()}`;
    this.#api = api;
    this.#bases = bases;
    this.#agent = agent;
    this.#floor = api.version();
  }

  async take(one: Step): Promise<void> {
    switch (one.kind) {
      case "get":
        return this.#begin(this.#get(one.at));
      case "write":
        return this.#begin(this.#write(one.at));
      case "act":
        return this.#api.act(one.pick);
      case "end":
        // After a write that failed nothing of its names is stored for a while: not of the group of them all.
        return this.#api.end(one.pick, this.#lasting ? "answer" : one.ending);
      case "wait":
        for (let turn = 0; turn < one.turns; turn += 1) await otherWork();
        return undefined;
      case "finish":
        return this.end();
      default:
        return one satisfies never;
    }
  }

  /** Lets everything that is under way come to its end. */
  async end(): Promise<void> {
    while (this.#open.size > 0) {
      this.#api.act(0);
      this.#api.end(0, "answer");
      await otherWork();
    }
  }

  #begin(exchange: Promise<void>): void {
    this.#open.add(exchange);
    exchange.finally(() => this.#open.delete(exchange)).catch(() => {});
  }

  async #get(instance: number): Promise<void> {
    const floor = this.#floor;
    const answer = await this.#ask(instance, "GET");
    if (answer.version === undefined) return;
    this.seen.push({ version: answer.version, floor, how: answer.how });
  }

  async #write(instance: number): Promise<void> {
    this.#writes += 1;
    const name = `${this.#path}-${this.#writes}`;
    await this.#ask(instance, "PUT", `?w=${name}`);
    // Whatever it was answered: if it has changed something, that is seen from now on.
    this.#floor = Math.max(this.#floor, this.#api.madeBy(name) ?? 0);
  }

  async #ask(instance: number, method: "GET" | "PUT", query = "") {
    const { body, headers, statusCode } = await request(
      `${this.#bases[instance] ?? ""}${this.#path}${query}`,
      { method, dispatcher: this.#agent },
    );
    const { version } = (await body.json()) as { version?: number };
    return { version, how: `${statusCode} ${String(headers["cache-status"])}` };
  }
}

async function run(store: Partial<StoreSettings>, histories: number): Promise<number> {
  await using api = await startGatedApi();
  const agent = new Agent({ connections: null });
  const instances: Running[] = [];
  try {
    const whole = settingsOf(api.url, store);
    for (let count = 0; count < INSTANCES; count += 1) {
      instances.push(await start(whole, pino({ level: "silent" })));
    }
    const bases = instances.map(({ url }) => `${url}/api`);
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 60 }),
        fc.boolean(),
        async (steps, lasting) => {
          const history = new History({ api, bases, agent, lasting });
          for (const one of steps) await history.take(one);
          await history.end();
          hits += history.seen.filter(({ how }) => how.includes("hit")).length;
          for (const { version, floor, how } of history.seen) {
            expect(version, `seen by ${how}`).toBeGreaterThanOrEqual(floor);
          }
        },
      ),
      { numRuns: histories, endOnFailure: true },
    );
    return hits;
  } finally {
    await Promise.all(instances.map((one) => one.stop()));
    await agent.destroy();
  }
}

function settingsOf(url: string, store: Partial<StoreSettings>): Settings {
  const cache = cachePolicy({ override: true, staleIfErrorMs: 60_000 });
  const read = (path: string, lifetimeMs: number): Route =>
    route({
      name: `GET ${path}`,
      match: { methods: ["GET"], path },
      groups: [path],
      cache: { ...cache, lifetimeMs },
      safe: true,
    });
  const api = upstream({
    name: "api",
    mount: "/api",
    url: new URL(url),
    keys: [{ in: "query", name: "apikey", value: "sim-key" }],
    quotas: [{ name: "api", limit: 100_000, windowMs: 100, padMs: 100 }],
    concurrency: 100,
    routes: [
      read("/lasting/**", 60_000),
      // Stale at once, and served stale where the API fails.
      read("/brief/**", 5),
      route({
        name: "PUT /lasting/**",
        match: { methods: ["PUT"], path: "/lasting/**" },
        invalidates: ["/lasting/**"],
      }),
    ],
    maxRetries: 0,
  });
  const base = settings({});
  return {
    ...base,
    listen: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0, token: "" },
    store: { ...base.store, prefix: `model-${randomUUID().slice(0, 8)}`, ...store },
    drainMs: 1000,
    upstreams: [api],
  };
}

const HISTORIES = Number(process.env["SLUICE_HISTORIES"] ?? 60);

describe("fresh after a write, in any order of things", () => {
  it("holds on one Redis", { timeout: 600_000 }, async () => {
    // Some GETs must have been answered from a store, or the model would prove nothing.
    expect(await run({ redis: inject("redisUrl") }, HISTORIES)).toBeGreaterThan(HISTORIES / 5);
  });

  it(
    "holds on one Redis where processes hold nothing in memory",
    { timeout: 600_000 },
    async () => {
      const store = { redis: inject("redisUrl"), nearBytes: 0 };
      expect(await run(store, HISTORIES / 2)).toBeGreaterThan(HISTORIES / 10);
    },
  );

  it("holds on one file", { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-model-"));
    try {
      const file = join(folder, "sluice.db");
      expect(await run({ redis: "", file }, HISTORIES)).toBeGreaterThan(HISTORIES / 5);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
