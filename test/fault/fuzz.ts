import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { pino } from "pino";
import { start, type Running } from "../../src/start/instance.ts";
import { TICKET_ROUTES } from "../support/gateway.ts";
import { settings, upstream } from "../support/settings.ts";
import { input, KNOWN_KEYS } from "./fuzz-grammar.ts";

/*
 * Hostile input in numbers. A gateway with two consumers stands before an upstream that checks what reaches it; each input has a
 * connection of its own, or stands behind others on one. What may never happen: a crash, a connection that is neither
 * answered nor closed within its bound, a request at the upstream that the gateway cannot have meant, an answer that holds
 * a key.
 */

/** What is tried. */
export interface FuzzTerms {
  readonly inputs: number;
  readonly seed: number;
  /** Connections at once. */
  readonly width?: number;
}

/** What came of it. */
export interface FuzzFigures {
  readonly seed: number;
  readonly inputs: number;
  readonly seconds: number;
  readonly answers: number;
  /** Closed without an answer: what was no request stood behind answers that were under way, or nothing whole came. */
  readonly unanswered: number;
  readonly forwarded: number;
  /** By status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Megabytes after a collection, where the process allows one: before, and after each tenth. */
  readonly heapMb: readonly number[];
  /** What should not have happened, with the input; at most twenty. */
  readonly faults: readonly string[];
}

/** A connection that has not ended by then counts as hung, in milliseconds. */
const HUNG_MS = 20_000;
const APP_KEY = "app-key-0123456789";
const MOST_FAULTS = 20;

class Findings {
  readonly faults: string[] = [];
  readonly statuses: Record<string, number> = {};
  answers = 0;
  unanswered = 0;
  forwarded = 0;

  fault(what: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(what);
  }
}

/** Runs the inputs against a gateway in this process. */
export async function fuzz({ inputs, seed, width = 64 }: FuzzTerms): Promise<FuzzFigures> {
  const findings = new Findings();
  const crashed = (error: unknown): void => findings.fault(`uncaught: ${String(error)}`);
  process.on("uncaughtException", crashed).on("unhandledRejection", crashed);
  const folder = mkdtempSync(join(tmpdir(), "sluice-fuzz-"));
  const origin = await startOrigin(findings);
  const gateway = await startGateway(origin, join(folder, "fuzz.db"));
  const heapMb = [heap()];
  const since = performance.now();
  try {
    const part = Math.max(1, Math.ceil(inputs / 10));
    for (let done = 0; done < inputs; done += part) {
      const size = Math.min(part, inputs - done);
      await tryPart(
        { size, seed: seed + done, width, port: Number(new URL(gateway.url).port) },
        findings,
      );
      heapMb.push(heap());
    }
  } finally {
    await gateway.stop();
    origin.closeAllConnections();
    origin.close();
    process.off("uncaughtException", crashed).off("unhandledRejection", crashed);
    rmSync(folder, { recursive: true });
  }
  const seconds = Math.round((performance.now() - since) / 100) / 10;
  const { faults, statuses, answers, unanswered, forwarded } = findings;
  return { seed, inputs, seconds, answers, unanswered, forwarded, statuses, heapMb, faults };
}

interface Part {
  readonly size: number;
  readonly seed: number;
  readonly width: number;
  readonly port: number;
}

/** Inputs are made a few thousand at a time, so that they are not all in memory. */
async function tryPart({ size, seed, width, port }: Part, findings: Findings): Promise<void> {
  const made = 2000;
  for (let at = 0; at < size; at += made) {
    const queue = fc.sample(input, { numRuns: Math.min(made, size - at), seed: seed + at });
    const runners = Array.from({ length: width }, async () => {
      for (let bytes = queue.pop(); bytes !== undefined; bytes = queue.pop()) {
        await tryOne(bytes, port, findings);
      }
    });
    await Promise.all(runners);
  }
}

/** Behind each input, so that one that was whole is answered to its end. */
const LAST = "GET /api/last HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n";
/** When nothing more comes for so many milliseconds, the client ends its side: of what it sent a part is missing. */
const QUIET_MS = 500;

/** Sends one input and what ends it, and judges what comes back. */
async function tryOne(bytes: string, port: number, findings: Findings): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  const timer = setTimeout(() => {
    findings.fault(`hung: ${JSON.stringify(bytes)}`);
    socket.destroy();
  }, HUNG_MS);
  socket.setTimeout(QUIET_MS, () => socket.end());
  socket.write(Buffer.from(`${bytes}${LAST}`, "latin1"));
  await once(socket, "close").catch(() => {});
  clearTimeout(timer);
  const text = Buffer.concat(chunks).toString("latin1");
  const heads = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = ""]) => status);
  if (heads.length === 0) findings.unanswered += 1;
  for (const status of heads) findings.statuses[status] = (findings.statuses[status] ?? 0) + 1;
  findings.answers += heads.length;
  judgeAnswer(text, bytes, findings);
}

/** An answer that came from the upstream carries its own asker's mark; none holds a key that its asker did not send. */
function judgeAnswer(text: string, bytes: string, findings: Findings): void {
  const told = [APP_KEY, ...Object.values(KNOWN_KEYS)].filter((key) => text.includes(key));
  // A consumer's key under a name that is no key's is the consumer's own content, which the upstream may repeat to it.
  if (told.some((key) => key === APP_KEY || !bytes.includes(key))) {
    findings.fault(`a key was told: ${JSON.stringify(bytes)}`);
  }
  if (/HTTP\/1\.1 500/.test(text)) findings.fault(`500: ${JSON.stringify(bytes)}`);
  for (const [, mark = ""] of text.matchAll(/"mark":"([^"]*)"/g)) {
    if (mark !== "" && !bytes.includes(mark))
      findings.fault(`of another: ${JSON.stringify(bytes)}`);
  }
}

/** Answers with what it was asked, and notes what no gateway may send. */
async function startOrigin(findings: Findings): Promise<Server> {
  const origin = createServer((request, response) => {
    findings.forwarded += 1;
    const { method = "", url = "", rawHeaders } = request;
    const wrong = wrongWith(method, url, rawHeaders);
    if (wrong)
      findings.fault(`${wrong} reached the upstream: ${method} ${url} ${rawHeaders.join("|")}`);
    request.resume();
    request.on("end", () => {
      response.setHeader("Content-Type", "application/json");
      // Echoed so that an answer that reaches another shows; what is stored is shared, and carries none.
      const { "user-agent": mark = "" } = request.headers;
      response.end(JSON.stringify({ mark: mark === "sluice" ? "" : mark, url }));
    });
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  return origin;
}

const NEVER_SENT =
  /^(?:authorization|cookie|proxy-.*|te|upgrade|x-http-method.*|x-forwarded-.*|x-original-url|sluice-consumer|x-key)$/i;

/** In words what no gateway may send; `undefined`: nothing. */
function wrongWith(method: string, url: string, rawHeaders: readonly string[]): string | undefined {
  const names = rawHeaders.filter((_name, at) => at % 2 === 0);
  const [path = ""] = url.split("?", 1);
  if (["TRACE", "CONNECT", "PRI"].includes(method)) return "A method that is never forwarded";
  if (!url.startsWith("/base/") && path !== "/base") return "A path outside the base";
  const hidden = path.replaceAll(/%2f/gi, "/");
  if (path.includes("//") || /\/\.{1,2}(?:\/|;|$)|%00|%5c/i.test(hidden)) return "A path trick";
  if (url.split(`apikey=${APP_KEY}`).length !== 2) return "Not exactly one app key";
  const pairs = url.slice(path.length + 1).split("&");
  const keyed = pairs.filter((pair) => /^(?:%61|a)pikey(?:\[\])?=/i.test(pair));
  if (keyed.length > 1) return "A client's key";
  const sent = names.find((name) => NEVER_SENT.test(name));
  if (sent !== undefined) return `The field ${sent}`;
  return names.filter((name) => /^(?:content-length|transfer-encoding)$/i.test(name)).length > 1
    ? "Two framings"
    : undefined;
}

function startGateway(origin: Server, file: string): Promise<Running> {
  const { port } = origin.address() as AddressInfo;
  const base = { weight: 1, priority: 3, allow: [], mayForce: false };
  const api = upstream({
    url: new URL(`http://127.0.0.1:${port}/base`),
    keys: [{ in: "query", name: "apikey", value: APP_KEY }],
    quotas: [{ name: "api", limit: 100_000, windowMs: 60_000, padMs: 1000 }],
    routes: TICKET_ROUTES,
    concurrency: 200,
  });
  const whole = settings({
    store: { ...settings().store, file },
    limits: { ...settings().limits, headMs: 5000 },
    upstreams: [api],
    consumers: Object.entries(KNOWN_KEYS).map(([name, key]) => ({ ...base, name, key })),
  });
  return start(whole, pino({ level: "silent" }));
}

function heap(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 104_857.6) / 10;
}
