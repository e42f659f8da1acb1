import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { TellingDialect } from "./telling.ts";
import type { Script } from "./scripts.ts";

/** Limits that are to hold from now on; what is absent stays. */
export interface Limits {
  readonly limit?: number;
  readonly windowMs?: number;
  /** Limits of single endpoints, by the beginning of their path; they replace those before. */
  readonly endpoints?: readonly EndpointLimit[];
  /** Units a window that somebody else spends with the same key, evenly, as far as there is room; 0: nobody does. */
  readonly foreign?: number;
  /** In what fields the limit is told. */
  readonly dialect?: TellingDialect;
}

/** One endpoint's own limit. */
export interface EndpointLimit {
  readonly path: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** What the control port tells of and acts on. */
export interface Controlled {
  arrivals(): readonly { readonly method: string; readonly status: number }[];
  violations(): number;
  worstWindow(): number;
  longestStallMs(): number;
  held(): number;
  payments(): number;
  script(script: Script): void;
  limits(limits: Limits): void;
  spend(units: number): void;
  release(): void;
  reset(): void;
  clear(): void;
  deaf(): Promise<void>;
  hear(): Promise<void>;
}

/**
 * The simulator's control port. GET /seen, /arrivals; POST /script, /clear, /limits, /spend, /release, /deaf, /hear,
 * /reset with a JSON body. Every answer is JSON.
 */
export function createControl(simulator: Controlled): Server {
  return createServer((request, response) => void handle(simulator, request, response));
}

async function handle(
  simulator: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await decide(simulator, `${request.method} ${request.url}`, request).catch(
    (error: unknown) => ({ error: String(error) }),
  );
  const status = answer === undefined ? 404 : "error" in answer ? 400 : 200;
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(answer ?? { error: "Nothing is here." }));
}

async function decide(
  simulator: Controlled,
  wish: string,
  request: IncomingMessage,
): Promise<object | undefined> {
  switch (wish) {
    case "GET /seen":
      return seen(simulator);
    case "GET /arrivals":
      return simulator.arrivals();
    case "POST /script":
      simulator.script(await json<Script>(request));
      return { scripted: true };
    case "POST /limits":
      simulator.limits(await json(request));
      return { limited: true };
    case "POST /spend": {
      const { units } = await json<{ units: number }>(request);
      simulator.spend(units);
      return { spent: units };
    }
    case "POST /release":
      simulator.release();
      return { released: true };
    case "POST /clear":
      simulator.clear();
      return { cleared: true };
    case "POST /deaf":
      await simulator.deaf();
      return { deaf: true };
    case "POST /hear":
      await simulator.hear();
      return { deaf: false };
    case "POST /reset":
      simulator.reset();
      return { reset: true };
    default:
      return undefined;
  }
}

function seen(simulator: Controlled): object {
  const arrivals = simulator.arrivals();
  return {
    arrivals: arrivals.length,
    byMethod: count(arrivals.map(({ method }) => method)),
    byStatus: count(arrivals.map(({ status }) => String(status))),
    violations: simulator.violations(),
    worstWindow: simulator.worstWindow(),
    longestStallMs: simulator.longestStallMs(),
    held: simulator.held(),
    payments: simulator.payments(),
  };
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

async function json<Value>(request: IncomingMessage): Promise<Value> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}") as Value;
}
