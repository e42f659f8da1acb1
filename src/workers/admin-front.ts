import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { buffer } from "node:stream/consumers";
import { mergeMetrics } from "./merge-metrics.ts";
import { mergeStatus } from "./merge-status.ts";

/** A worker that can be asked. */
export interface Desk {
  /** From 1. */
  readonly worker: number;
  /** Of its own admin port, which no network reaches. */
  readonly socketPath: string;
}

interface Question {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly fields: readonly string[];
  readonly body: Buffer;
  /** Aborts when whoever asks has left: a stream without a reader would hold a viewer's place for good. */
  readonly signal: AbortSignal;
}

interface Answered {
  readonly worker: number;
  readonly status: number;
  readonly fields: readonly string[];
  readonly text: string;
}

/** Bound on an order; the same as each worker's own. */
const MOST_BYTES = 65_536;

/** One that says nothing of itself for so long stands still: the others' figures must not wait for it. */
const PATIENCE_MS = 5000;

/** What all are asked. */
const OF_ALL = new Set(["/metrics", "/status", "/reload"]);

/** What one of them may know alone. */
const OF_ONE = /^\/(?:warm\/|explain)/;

/** What belongs to one connection alone, or is set anew. */
const OWN = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "upgrade"]);

/**
 * The one admin port of several workers. It decides nothing and lets nobody in: each worker asks for the token itself.
 * Metrics and status are those of all; a reload reaches all; what only one may know (a list that is being warmed, a past
 * request) is asked of one after the other. All else one worker answers, the same as long as it lives, since the store
 * tells each of them alike.
 */
export function createAdminFront(desks: () => readonly Desk[], patienceMs = PATIENCE_MS): Server {
  return createServer((incoming, outgoing) => {
    answer({ desks: desks(), patienceMs }, incoming, outgoing).catch(() => {
      if (outgoing.headersSent) outgoing.destroy();
      else problem(outgoing, 503, "The worker that was asked has just ended. Ask again.");
    });
  });
}

async function answer(
  { desks, patienceMs }: { readonly desks: readonly Desk[]; readonly patienceMs: number },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = "GET", url: target = "/" } = incoming;
  const path = target.split("?", 1)[0] ?? "";
  if (desks.length === 0) return answerAlone(path, outgoing);
  const body = await bodyOf(incoming);
  if (!body) return problem(outgoing, 413, `An order has at most ${MOST_BYTES} bytes.`);
  const signal = leaving(outgoing);
  const question = { method, target, fields: passedOn(incoming.rawHeaders), body, signal };
  if (OF_ALL.has(path)) {
    // What came of an order is told by all, however long they take.
    const patience = path === "/reload" ? [] : [AbortSignal.timeout(patienceMs)];
    const bounded = { ...question, signal: AbortSignal.any([signal, ...patience]) };
    return sendMerged(outgoing, path, await askAll(desks, bounded));
  }
  if (OF_ONE.test(path)) return send(outgoing, await askUntilKnown(desks, question));
  return pass(desks, question, outgoing);
}

function answerAlone(path: string, outgoing: ServerResponse): void {
  if (path === "/livez") return sendJson(outgoing, 200, { live: true });
  problem(outgoing, 503, "No worker serves at present; they are being started.");
}

/** Undefined: too long. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function leaving(outgoing: ServerResponse): AbortSignal {
  const left = new AbortController();
  if (outgoing.destroyed) left.abort();
  outgoing.once("close", () => left.abort());
  return left.signal;
}

/** One that ends meanwhile, or stands still, is left out. */
async function askAll(desks: readonly Desk[], question: Question): Promise<Answered[]> {
  const all = await Promise.allSettled(desks.map((desk) => ask(desk, question)));
  return all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

async function askUntilKnown(desks: readonly Desk[], question: Question): Promise<Answered> {
  const [first, ...others] = desks;
  if (!first) throw new Error("There is nobody to ask.");
  const answered = await ask(first, question);
  return answered.status === 404 && others.length > 0 ? askUntilKnown(others, question) : answered;
}

function sendMerged(outgoing: ServerResponse, path: string, answers: readonly Answered[]): void {
  const worst = answers.toSorted(byConsequence)[0];
  if (!worst) return problem(outgoing, 503, "No worker has answered. Ask again.");
  if (worst.status !== 200 || path === "/reload") return send(outgoing, worst);
  const text =
    path === "/metrics"
      ? mergeMetrics(answers)
      : JSON.stringify(mergeStatus(answers.map((one) => JSON.parse(one.text))));
  send(outgoing, { ...worst, text });
}

/** Who refused before who did it, and who changed something before who had no need to. */
function byConsequence(one: Answered, other: Answered): number {
  const idle = (answered: Answered): number => Number(answered.text.includes('"unchanged"'));
  return other.status - one.status || idle(one) - idle(other) || one.worker - other.worker;
}

async function ask(desk: Desk, question: Question): Promise<Answered> {
  const response = await exchange(desk, question);
  const text = (await buffer(response)).toString();
  const { statusCode: status = 502, rawHeaders } = response;
  return { worker: desk.worker, status, fields: passedOn(rawHeaders), text };
}

/** Hands on what comes as it comes: a page may be told of changes for hours. */
async function pass(
  [first]: readonly Desk[],
  question: Question,
  outgoing: ServerResponse,
): Promise<void> {
  if (!first) throw new Error("There is nobody to ask.");
  const response = await exchange(first, question);
  outgoing.writeHead(response.statusCode ?? 502, passedOn(response.rawHeaders));
  outgoing.flushHeaders();
  response.once("error", () => outgoing.destroy());
  response.pipe(outgoing);
}

async function exchange(desk: Desk, question: Question): Promise<IncomingMessage> {
  const { method, target, fields, body, signal } = question;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const length = body.length > 0 ? ["Content-Length", String(body.length)] : [];
  const headers = [...fields, ...length];
  const asking = request({ socketPath: desk.socketPath, method, path: target, headers, signal });
  asking.once("response", resolve).on("error", reject);
  asking.end(body);
  return promise;
}

function passedOn(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (!OWN.has(name.toLowerCase())) fields.push(name, raw[at + 1] ?? "");
  }
  return fields;
}

function send(outgoing: ServerResponse, { status, fields, text }: Answered): void {
  outgoing.writeHead(status, [...fields]);
  outgoing.end(text);
}

function sendJson(outgoing: ServerResponse, status: number, value: object): void {
  outgoing.writeHead(status, { "Content-Type": "application/json" });
  outgoing.end(JSON.stringify(value));
}

function problem(outgoing: ServerResponse, status: number, detail: string): void {
  outgoing.writeHead(status, { "Content-Type": "application/problem+json" });
  outgoing.end(JSON.stringify({ type: "about:blank", status, detail }));
}
