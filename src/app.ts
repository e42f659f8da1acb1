import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { lateListener } from "./edge/late-listener.ts";
import { eachField } from "./http/fields.ts";
import { framingFault } from "./http/framing.ts";
import { Problem } from "./http/problem.ts";
import { KnownBytes } from "./known-bytes.ts";
import { repetitionOf } from "./repeats.ts";
import { complaint, refuseConnection, refuseRequest } from "./refuse.ts";
import { answerFromProblem } from "./respond/answer.ts";
import { SlowReaders } from "./respond/slow-readers.ts";
import { boundReading } from "./respond/write.ts";
import type { ClientRequest } from "./exchange.ts";
import type { Gateway } from "./gateway.ts";
import type { Heading } from "./legs/replay.ts";
import type { Settings } from "./ports/settings.ts";

/*
 * The Hono edge of the proxy port. What passes through is read from and written to the raw node objects,
 * since Request and Response would join field lines, add a media type and drop trailers and 1xx.
 */

/** What a start can do without is loaded so long after it, in milliseconds, or when it is first needed. */
const AFTER_START_MS = 200;

/** How often connections are held against their bounds, in milliseconds. */
const CHECKING_MS = 1000;

/** The server of the proxy port, not yet listening. */
export function createProxyServer(gateway: Gateway, settings: Settings): Server {
  const listener = lateListener(async () => {
    const { createHonoListener } = await import("./edge/hono-listener.ts");
    return createHonoListener({
      handle: (incoming, outgoing) =>
        gateway.handle(clientRequest(incoming, gateway.settings, outgoing), outgoing),
      refuse: refusal,
    });
  });
  const underWay = new UnderWay();
  const known = new KnownBytes(gateway.repeats);
  const slow = new SlowReaders();
  const server = createServer(
    {
      maxHeaderSize: settings.limits.fieldBytes,
      connectionsCheckingInterval: CHECKING_MS,
      keepAliveTimeout: 65_000,
      // Judged here, so that it is told in a problem document.
      requireHostHeader: false,
      // Whatever the process was started with.
      insecureHTTPParser: false,
    },
    (incoming, outgoing) => {
      const { httpVersion, rawHeaders: fields, socket } = incoming;
      // Nine tenths of a busy day's requests need nothing of what follows.
      if (isAnsweredAgain({ gateway, known, underWay }, incoming, outgoing)) {
        if (socket.writableLength > 0) slow.watch(outgoing);
        return;
      }
      underWay.add(socket, outgoing);
      slow.watch(outgoing);
      const detail = framingFault({ httpVersion, fields });
      if (detail === undefined) void listener(incoming, outgoing);
      else refuseRequest(outgoing, new Problem("bad-request", { detail }));
    },
  );
  // Node would drop fields beyond a number without a word; `fieldBytes` bounds them.
  server.maxHeadersCount = 0;
  server.on("connection", (socket) => {
    // Each answer that is under way listens to its connection, and there may be many behind each other.
    socket.setMaxListeners(0);
    const isIdle = (): boolean => underWay.isIdle(socket);
    const onUntaken = (): void => slow.watchWritten(socket);
    known.tap(socket, { keepAliveMs: server.keepAliveTimeout, isIdle, onUntaken });
  });
  server.on("connect", ({ socket }) => known.leave(socket));
  server.on("checkExpectation", ({ socket }) => known.distrust(socket));
  server.on("clientError", (_error, socket) => known.distrust(socket));
  server.once("listening", () => setTimeout(() => listener.load(), AFTER_START_MS).unref());
  boundProxyServer(server, settings);
  refuseUnreadable(server, underWay);
  const sweep = (): void => slow.sweep(performance.now(), longestBodyMs(gateway.settings));
  const sweeping = setInterval(sweep, CHECKING_MS).unref();
  server.once("close", () => clearInterval(sweeping));
  return server;
}

interface ShortWay {
  readonly gateway: Gateway;
  readonly known: KnownBytes;
  readonly underWay: UnderWay;
}

/** Answers at once what was answered from store a moment ago. False: it has to go the path. */
function isAnsweredAgain(
  { gateway, known, underWay }: ShortWay,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): boolean {
  const { httpVersion, socket } = incoming;
  const repetition = repetitionOf(headingOf(incoming));
  const stays = outgoing.shouldKeepAlive && httpVersion === "1.1";
  const knows = stays && gateway.repeats.knows(repetition);
  known.heard(incoming, knows ? repetition : undefined);
  if (!repetition || !underWay.isIdle(socket)) return false;
  if (!gateway.repeats.answer(repetition, outgoing)) return false;
  // Behind another whose bytes have not left yet: what comes after them has to know of it.
  if (outgoing.socket === null) underWay.add(socket, outgoing);
  boundReading(outgoing, longestBodyMs(gateway.settings));
  return true;
}

function headingOf({ method = "", url = "", rawHeaders, socket }: IncomingMessage): Heading {
  return { method, target: url, fields: rawHeaders, address: socket.remoteAddress ?? "" };
}

/** Answers that a connection's client waits for, oldest first: with pipelining there may be several. */
class UnderWay {
  readonly #answers = new Map<Duplex, Set<ServerResponse>>();

  add(socket: Duplex, outgoing: ServerResponse): void {
    const answers = this.#answers.get(socket) ?? new Set();
    this.#answers.set(socket, answers.add(outgoing));
    outgoing.once("close", () => {
      answers.delete(outgoing);
      if (answers.size === 0) this.#answers.delete(socket);
    });
  }

  isIdle(socket: Duplex): boolean {
    return !this.#answers.has(socket);
  }

  of(socket: Duplex): ServerResponse[] {
    return [...(this.#answers.get(socket) ?? [])];
  }
}

/** Answers what node reads as no request, or would answer, or drop, by itself. */
function refuseUnreadable(server: Server, underWay: UnderWay): void {
  const ending = new WeakSet<Duplex>();
  server.on("clientError", (error: Error & { code?: string }, socket) => {
    if (ending.has(socket)) return;
    const answers = underWay.of(socket);
    const last = answers.at(-1);
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    if (last?.req.complete === true) {
      // What cannot be read stands behind whole requests: these have their answers, and then it ends.
      ending.add(socket);
      last.shouldKeepAlive = false;
      last.once("finish", () => socket.end());
      return;
    }
    // Behind an answer that is under way ours would be read as a part of it.
    const clear = answers.length === 0 || (answers.length === 1 && last?.headersSent === false);
    if (clear) refuseConnection(socket, complaint(error.code));
    else socket.destroy();
  });
  server.on("connect", (_incoming, socket: Duplex) => {
    socket.on("error", () => {});
    const problem = new Problem("method-not-allowed", { detail: "CONNECT is never forwarded." });
    if (underWay.of(socket).length === 0) refuseConnection(socket, problem);
    else socket.destroy();
  });
  server.on("checkExpectation", (incoming, outgoing) => {
    underWay.add(incoming.socket, outgoing);
    const detail = "The one expectation that is met here is 100-continue.";
    refuseRequest(outgoing, new Problem("bad-request", { detail }));
  });
}

/** Sets the bounds that hold for connections as they are, and from now on. */
export function boundProxyServer(server: Server, settings: Settings): void {
  server.headersTimeout = settings.limits.headMs;
  server.requestTimeout = wholeRequestMs(settings);
  server.maxConnections = settings.limits.connections;
}

/** The longest that a request may take to arrive: a large body waits at its client until its turn has come. */
function wholeRequestMs({ limits, upstreams }: Settings): number {
  const waits = upstreams.map(({ queue, timeouts }) => queue.maxWaitMs + timeouts.bodyMs);
  return limits.headMs + Math.max(0, ...waits);
}

/** How long a client may take no byte of its answer: no shorter than an upstream may take to bring it. */
function longestBodyMs({ upstreams }: Settings): number {
  return Math.max(0, ...upstreams.map(({ timeouts }) => timeouts.bodyMs));
}

function clientRequest(
  incoming: IncomingMessage,
  settings: Settings,
  outgoing: ServerResponse,
): ClientRequest {
  const { headers, rawHeaders, socket } = incoming;
  const length = headers["content-length"];
  const chunked = headers["transfer-encoding"] !== undefined;
  return {
    method: incoming.method ?? "",
    target: incoming.url ?? "",
    fields: rawHeaders,
    address: socket.remoteAddress ?? "",
    body: incoming,
    hasBody: chunked || Number(length ?? 0) > 0,
    declaredBytes: length === undefined ? undefined : Number(length),
    origin: settings.listen.publicUrl?.origin ?? `http://${headers.host ?? ""}`,
    signal: incoming.signal,
    stallMs: longestBodyMs(settings),
    inform(status, fields) {
      // 100 is between two neighbours, and Node has answered the client's expectation already.
      if (status !== 100 && status !== 101 && !outgoing.headersSent) {
        outgoing.writeInformation(status, fields);
      }
    },
  };
}

/** What Hono's edge cannot read as a request: a Host that is none, a target that is no path. */
function refusal(error: unknown): Response {
  const why = error instanceof Error ? error.message : "";
  const detail = `This request's Host or target cannot be read (${why}), so it was not forwarded.`;
  const { status, fields, body } = answerFromProblem(
    new Problem("bad-request", { detail }),
    randomUUID(),
  );
  const headers = new Headers();
  for (const [name, value] of eachField(fields)) headers.append(name, value);
  return new Response(Buffer.from(body), { status, headers });
}
