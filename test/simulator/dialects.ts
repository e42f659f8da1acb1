import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DIALECTS, type Call, type DialectName, type Said } from "./dialect-manners.ts";
import { RollingWindow } from "./window.ts";

/*
 * Other metered APIs, each as far as a gateway can tell them apart: where the key goes, how errors look, which fields
 * tell of the limit. What they answer is a few made-up records.
 */

/** One request that a dialect saw. */
export interface Heard extends Call {
  readonly status: number;
}

/** An upstream that speaks one dialect, closed with `await using`. */
export interface DialectServer extends AsyncDisposable {
  /** What a client's base URL would be. */
  readonly url: string;
  readonly heard: readonly Heard[];
}

/** How a dialect's limit is kept. */
export interface DialectOptions {
  readonly limit?: number;
  readonly windowMs?: number;
}

/** Starts an upstream that speaks a dialect and holds its callers to a strict rolling window. */
export async function startDialect(
  name: DialectName,
  { limit = 1000, windowMs = 60_000 }: DialectOptions = {},
): Promise<DialectServer> {
  const dialect = DIALECTS[name];
  const window = new RollingWindow(limit, windowMs);
  const heard: Heard[] = [];
  const answer = (call: Call): Said => {
    if (!dialect.knows(call)) return dialect.stranger;
    const now = performance.now();
    const cost = dialect.costOf(call);
    if (window.used(now) + cost > limit) {
      return dialect.throttled({ limit, used: limit, retryAfter: window.retryAfterSeconds(now) });
    }
    window.spend(now, cost);
    const state = { limit, used: window.used(now), retryAfter: window.retryAfterSeconds(now) };
    const said = dialect.answer(call);
    return { ...said, fields: { ...dialect.limitFields(state), ...said.fields } };
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await callOf(request, dialect.base);
    const said = answer(call);
    heard.push({ ...call, status: said.status });
    write(response, said);
  };
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${dialect.base}`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function callOf(request: IncomingMessage, base: string): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://dialect");
  return {
    method: request.method ?? "",
    path: pathname.slice(base.length),
    query: searchParams,
    fields: request.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

function write(response: ServerResponse, { status, fields = {}, body, type }: Said): void {
  response.writeHead(status, { "Content-Type": type ?? "application/json", ...fields });
  response.end(JSON.stringify(body));
}
