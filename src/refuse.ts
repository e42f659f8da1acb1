import { randomUUID } from "node:crypto";
import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { eachField } from "./http/fields.ts";
import { Problem, type ProblemType } from "./http/problem.ts";
import { answerFromProblem } from "./respond/answer.ts";

/*
 * What is answered at the edge, before the path of an exchange begins: nothing of such a request reaches an upstream, and its
 * connection ends with the answer, since where the next request would begin is not certain.
 */

/** How long a refused client may take to read why, in milliseconds. */
const LINGER_MS = 2000;

/** Answers a request whose head was read, and closes its connection behind the answer. */
export function refuseRequest(outgoing: ServerResponse, problem: Problem): void {
  const { status, fields, body } = answerFromProblem(problem, randomUUID());
  const whole = body instanceof Uint8Array ? body : new Uint8Array();
  outgoing.shouldKeepAlive = false;
  outgoing.writeHead(status, [...fields, "Content-Length", String(whole.byteLength)]);
  outgoing.end(whole);
}

/** Answers what is no request, or is none any more, on the bare connection, and ends that. */
export function refuseConnection(socket: Duplex, problem: Problem): void {
  const answer = answerFromProblem(problem, randomUUID());
  const lines = ["Connection: close"];
  for (const [name, value] of eachField(answer.fields)) lines.push(`${name}: ${value}`);
  const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join("\r\n")}\r\n\r\n`;
  socket.write(head);
  socket.end(answer.body);
  // The client's own end may never come.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("close", () => clearTimeout(timer));
}

/** What node's parser could not read, by the code of its error. */
export function complaint(code: string | undefined): Problem {
  const { type, detail } = wordsFor(code);
  return new Problem(type, { detail });
}

function wordsFor(code: string | undefined): { type: ProblemType; detail: string } {
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
