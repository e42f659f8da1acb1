import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import { expect } from "vitest";
import { worstWindow } from "./ledger-world.ts";
import { runGateway, runSimulator, type GatewayProcess } from "./instance.ts";
import { processConfig } from "./process-config.ts";
import { startRedis } from "./redis-instance.ts";

/*
 * Three gateways under load before a strict simulator, whose Redis is killed and comes back empty.
 */

/** What an outage is played with. */
export interface OutageTerms {
  readonly limit: number;
  readonly windowMs: number;
  readonly padMs: number;
  /** Under load with Redis, without it, and with it again. */
  readonly beforeMs: number;
  readonly outageMs: number;
  readonly afterMs: number;
  readonly maxWait: string;
}

/** One answer as a client had it. */
interface Answer {
  readonly atMs: number;
  readonly stored: boolean;
  readonly status: number;
  /** The type of a problem document; `""`: it is none. */
  readonly problem: string;
}

/** What came of it. */
export interface Outage {
  readonly violations: number;
  readonly worst: number;
  readonly stallMs: number;
  /** Requests for what is stored while Redis was away, and those of them that were answered with it. */
  readonly stored: { readonly asked: number; readonly answered: number };
  /** Answers of 500 and above, by the type of their problem; all the time. */
  readonly failures: Readonly<Record<string, number>>;
  /** Units sent in the first span without Redis, and the part of the quota used in the rest of that time. */
  readonly closedSent: number;
  readonly ownUse: number;
  /** From the return of Redis until requests left by its word: the end of the first second of silence. */
  readonly backAfterMs: number;
  /** The part of the quota that the span holds which ends three seconds after the return. */
  readonly useAfter: number;
  /** The part used from then on: after the burst of what was free comes its silence, as after any. */
  readonly useLater: number;
  readonly degraded: readonly unknown[];
  readonly answers: number;
}

const ROUTES = [
  { match: "GET /ticket/1", groups: ["t"], cache: { lifetime: "1h", override: true } },
  { match: "GET /ticket/:id" },
];

/**
 * Plays it. A run in which the simulator itself was stalled for longer than half the pad says nothing and is repeated,
 * at most twice.
 */
export async function outageTrial(terms: OutageTerms): Promise<Outage> {
  for (let attempt = 1; ; attempt += 1) {
    const outage = await playOnce(terms);
    if (outage.stallMs <= terms.padMs / 2) return outage;
    if (attempt === 3)
      throw new Error(`The simulator was stalled for ${outage.stallMs} ms, thrice.`);
  }
}

async function playOnce(terms: OutageTerms): Promise<Outage> {
  const { limit, windowMs, padMs } = terms;
  const redis = await startRedis();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => redis.stop());
  const simulator = stack.use(await runSimulator(limit, windowMs));
  const quotas = [{ limit, window: `${windowMs}ms`, pad: `${padMs}ms` }];
  const queue = { maxWait: terms.maxWait, maxLength: 1000 };
  const api = { quotas, queue, routes: ROUTES, unlistedGets: "forward" };
  const config = processConfig({ url: simulator.url, store: { redis: redis.url }, api });
  const gateways = await Promise.all([1, 2, 3].map(() => runGateway(config)));
  for (const gateway of gateways) stack.use(gateway);
  const firstAt = await warm(gateways);
  const clients = new Clients(gateways);
  await delay(terms.beforeMs);
  await redis.stop();
  const lostAt = Date.now();
  await delay(terms.outageMs);
  const degraded = await Promise.all(gateways.map((gateway) => degradedOf(gateway)));
  await redis.restart();
  const backAt = Date.now();
  await delay(terms.afterMs);
  await clients.stop();
  const seen = await simulator.ask<{ violations: number; longestStallMs: number }>("GET", "/seen");
  const arrivals = await simulator.ask<{ atMs: number }[]>("GET", "/arrivals");
  // The simulator has a clock of its own.
  const at = arrivals.map(({ atMs }) => atMs - (arrivals[0]?.atMs ?? 0) + firstAt);
  const sent = (from: number, to: number): number => at.filter((x) => x > from && x <= to).length;
  const spanMs = windowMs + padMs;
  const [fullAt, endAt] = [backAt + 3000, backAt + terms.afterMs];
  const ownFrom = lostAt + Math.max(spanMs, 3000) + 1500;
  const away = clients.answers.filter(({ atMs }) => atMs > lostAt && atMs <= backAt);
  const stored = away.filter((one) => one.stored);
  return {
    violations: seen.violations,
    worst: worstWindow(at, windowMs),
    stallMs: seen.longestStallMs,
    stored: { asked: stored.length, answered: stored.filter((one) => one.status === 200).length },
    failures: countBy(clients.answers.filter(({ status }) => status >= 500)),
    // A permit outlives the loss by half a pad, and a busy machine delivers late.
    closedSent: sent(lostAt + padMs + 500, lostAt + spanMs),
    ownUse: sent(ownFrom, backAt) / ((limit * (backAt - ownFrom)) / spanMs),
    backAfterMs:
      (at.find((x, index) => x > backAt && x - (at[index - 1] ?? x) > 1000) ?? Infinity) - backAt,
    useAfter: sent(fullAt - spanMs, fullAt) / limit,
    useLater: sent(fullAt, endAt) / ((limit * (endAt - fullAt)) / spanMs),
    degraded,
    answers: clients.answers.length,
  };
}

/** Holds an outage against the promises. */
export function expectHeld(outage: Outage, { limit }: OutageTerms): void {
  expect(outage).toMatchObject({ violations: 0, closedSent: 0 });
  expect(outage.worst).toBeLessThanOrEqual(limit);
  expect(outage.stored.answered).toBe(outage.stored.asked);
  expect(outage.stored.asked).toBeGreaterThan(20);
  // A problem document with the true reason each.
  expect([["store-unavailable"], []]).toContainEqual(Object.keys(outage.failures));
  expect(outage.ownUse).toBeGreaterThan(0.9);
  expect(outage.backAfterMs).toBeLessThan(3000);
  expect(outage.useAfter).toBeGreaterThan(0.9);
  const words =
    "The ledger of api is out of reach: stored answers are served, and this process sends its own part of the quota, one of 3.";
  expect(outage.degraded).toEqual([[words], [words], [words]]);
}

/** Each has the stored ticket in memory: what is read again is. Tells when the first answer came. */
async function warm(gateways: readonly GatewayProcess[]): Promise<number> {
  let firstAt = 0;
  for (const { url } of gateways) {
    for (let times = 0; times < 3; times += 1) {
      const { body } = await request(`${url}/ticket/1`);
      await body.dump();
      firstAt ||= Date.now();
    }
  }
  return firstAt;
}

async function degradedOf({ adminUrl }: GatewayProcess): Promise<unknown> {
  const { body } = await request(`${adminUrl}/readyz`);
  return ((await body.json()) as { degraded: unknown }).degraded;
}

function countBy(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { problem } of answers) counts[problem] = (counts[problem] ?? 0) + 1;
  return counts;
}

/** Thirty callers in closed loops, and one a gateway who asks for what is stored. */
class Clients {
  readonly answers: Answer[] = [];
  readonly #agent = new Agent({ connections: 50, headersTimeout: 0 });
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(gateways: readonly GatewayProcess[]) {
    this.#loops = gateways.flatMap(({ url }, index) => [
      ...Array.from({ length: 10 }, (_, caller) => this.#loop(url, `c${(caller + index) % 4}`)),
      this.#loop(url, "reader"),
    ]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    await this.#agent.close();
  }

  async #loop(url: string, consumer: string): Promise<void> {
    const stored = consumer === "reader";
    for (let turn = 0; !this.#stopping.signal.aborted; turn += 1) {
      const path = stored ? "/ticket/1" : `/ticket/${2 + (turn % 8)}`;
      const answer = await this.#ask(`${url}${path}`, consumer).catch(() => undefined);
      const told = answer ?? { status: 599, problem: "no answer" };
      this.answers.push({ atMs: Date.now(), stored, ...told });
      if (stored || told.status >= 400) await delay(100);
    }
  }

  async #ask(url: string, consumer: string): Promise<Pick<Answer, "status" | "problem">> {
    const headers = { "Sluice-Consumer": consumer };
    const {
      statusCode,
      headers: fields,
      body,
    } = await request(url, {
      headers,
      dispatcher: this.#agent,
    });
    const text = await body.text();
    const isProblem = String(fields["content-type"]).startsWith("application/problem+json");
    if (!isProblem) return { status: statusCode, problem: "" };
    const { type } = JSON.parse(text) as { type: string };
    return { status: statusCode, problem: type.replace(/^.*[/:#]/, "") };
  }
}
