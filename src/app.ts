import { randomUUID } from "node:crypto";
import { createServer, STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import { eachField } from "./http/fields.ts";
import { Problem, type ProblemType } from "./http/problem.ts";
import { answerFromProblem } from "./respond/answer.ts";
import type { ClientRequest } from "./exchange.ts";
import type { Gateway } from "./gateway.ts";
import type { Settings } from "./ports/settings.ts";

/*
 * The Hono edge of the proxy port. What passes through is read from and written to the raw node objects,
 * since Request and Response would join field lines, add a media type and drop trailers and 1xx.
 */

/** The server of the proxy port, not yet listening. */
export function createProxyServer(gateway: Gateway, settings: Settings): Server {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all("*", async ({ env: { incoming, outgoing } }) => {
    await gateway.handle(
      clientRequest(incoming, gateway.settings.listen.publicUrl, outgoing),
      outgoing,
    );
    return RESPONSE_ALREADY_SENT;
  });
  const listener = getRequestListener(
    async (request, env) => {
      // Hono would build a Response of its own from what it is returned for HEAD.
      await app.fetch(request, env);
      return RESPONSE_ALREADY_SENT;
    },
    { overrideGlobalObjects: false, autoCleanupIncoming: false, errorHandler: refusal },
  );
  const underWay = new Map<Socket, number>();
  const server = createServer(
    {
      maxHeaderSize: settings.limits.fieldBytes,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 65_000,
    },
    (incoming, outgoing) => {
      // Nine tenths of a busy day's requests need nothing of what follows.
      const { method = "", url: target = "", rawHeaders: fields } = incoming;
      const address = incoming.socket.remoteAddress ?? "";
      if (gateway.answerAgain({ method, target, fields, address }, outgoing)) return;
      const { socket } = incoming;
      underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
      outgoing.once("close", () => {
        const left = (underWay.get(socket) ?? 1) - 1;
        if (left > 0) underWay.set(socket, left);
        else underWay.delete(socket);
      });
      void listener(incoming, outgoing);
    },
  );
  boundProxyServer(server, settings);
  server.on("clientError", (error: Error & { code?: string }, socket: Socket) => {
    // Behind an answer that is under way ours would be read as a part of it.
    if (error.code === "ECONNRESET" || underWay.has(socket) || !socket.writable) socket.destroy();
    else refuse(error, socket);
  });
  return server;
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

function clientRequest(
  incoming: IncomingMessage,
  publicUrl: URL | undefined,
  outgoing: HttpBindings["outgoing"],
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
    origin: publicUrl?.origin ?? `http://${headers.host ?? ""}`,
    signal: incoming.signal,
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

/** Answers what is no HTTP request. Nothing of it has reached the path. */
function refuse(error: { code?: string }, socket: Socket): void {
  const { type, detail } = complaint(error.code);
  const answer = answerFromProblem(new Problem(type, { detail }), randomUUID());
  const lines = ["Connection: close"];
  for (const [name, value] of eachField(answer.fields)) lines.push(`${name}: ${value}`);
  const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join("\r\n")}\r\n\r\n`;
  socket.write(head);
  socket.end(answer.body);
}

function complaint(code: string | undefined): { type: ProblemType; detail: string } {
  if (code === "HPE_HEADER_OVERFLOW") {
    const detail = "The request's fields are larger than this gateway takes (limits.fieldBytes).";
    return { type: "fields-too-large", detail };
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    const detail =
      "The request did not arrive in time (limits.head; its body: queue.maxWait and timeouts.body beside).";
    return { type: "bad-request", detail };
  }
  return { type: "bad-request", detail: "This is not a request as HTTP/1.1 defines it." };
}
