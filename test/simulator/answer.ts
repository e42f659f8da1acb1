import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Result } from "./application.ts";
import type { Action } from "./scripts.ts";

/** How the upstream dresses its answers. */
export interface Manner {
  /** PHP's fields that forbid storing. */
  readonly phpFields: boolean;
  /** A session cookie named by 32 hexadecimal digits. */
  readonly session: boolean;
}

/** Fields that an answer begins with. */
export function mannerFields({ phpFields, session }: Manner): Record<string, string> {
  return {
    ...(phpFields
      ? {
          Expires: "Thu, 19 Nov 1981 08:52:00 GMT",
          "Cache-Control": "no-store, no-cache, must-revalidate",
          Pragma: "no-cache",
        }
      : {}),
    ...(session
      ? { "Set-Cookie": "0123456789abcdef0123456789abcdef=session; path=/; HttpOnly" }
      : {}),
  };
}

let replies = 0;

/** The application's envelope, in which no two replies are alike. */
export function envelope(result: Result): string {
  replies += 1;
  const error = "error" in result;
  return JSON.stringify({
    timestamp: Date.now() / 1000 + replies / 1e6,
    elapsed: 0.01 + (replies % 1000) / 1e5,
    message: error ? result["error"] : "ok",
    success: !error,
    ...(error ? {} : result),
    error,
  });
}

/** One answer that is about to be written. */
export interface Writing {
  readonly response: ServerResponse;
  readonly fields: Record<string, string | string[]>;
  /** What the application says, as JSON. */
  readonly body: string;
  /** The key as the request gave it. */
  readonly key: string;
}

const JSON_TYPE = "application/json; charset=utf-8";

/** Writes an answer as the action wants it. Returns its status. */
export function write(action: Action, writing: Writing): number {
  const { response, fields, key } = writing;
  if (action.reset) {
    response.destroy();
    return 0;
  }
  if (action.early) response.writeEarlyHints({ link: "</style.css>; rel=preload" });
  if (action.redirect !== undefined) {
    response.writeHead(302, { ...fields, Location: action.redirect }).end();
    return 302;
  }
  if (action.throttle) {
    const { retryAfter } = action.throttle;
    return throttled(writing, retryAfter);
  }
  if (action.html) return end(writing, 200, "<!doctype html><h1>Not the API</h1>", "text/html");
  if (action.envelopeError !== undefined) {
    return end(writing, 200, envelope({ error: action.envelopeError }), JSON_TYPE);
  }
  if (action.echoKey) {
    const encoded = encodeURIComponent(key);
    Object.assign(fields, { "X-Echo": key, Location: `/api/ticket/1?apikey=${encoded}` });
    return end(writing, 200, JSON.stringify({ error: false, key, encoded }), JSON_TYPE);
  }
  if (action.status !== undefined || action.fields) {
    Object.assign(fields, action.fields);
    return end(writing, action.status ?? 200, action.body ?? writing.body, JSON_TYPE);
  }
  return odd(action, writing);
}

/** A refusal as the application words it. */
export function throttled(writing: Writing, retryAfter: string | undefined): number {
  if (retryAfter !== undefined) writing.fields["Retry-After"] = retryAfter;
  const reason = "You have exceeded the number of requests that are allowed.";
  return end(writing, 429, envelope({ error: reason }), JSON_TYPE);
}

/** The normal answer, or its transport gone wrong. */
function odd(action: Action, writing: Writing): number {
  const { response, fields, body } = writing;
  if (action.garbage) return raw(writing, "\u0000\u0001 this is no answer\r\n\r\n", true);
  if (action.wrongLength) {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 10\r\n\r\n`;
    return raw(writing, `${head}${body}`, false);
  }
  if (action.endless) return endless(writing);
  if (action.gzip) {
    const packed = gzipSync(body);
    response.writeHead(200, { ...fields, "Content-Type": JSON_TYPE, "Content-Encoding": "gzip" });
    response.end(packed);
    return 200;
  }
  if (action.truncate || action.resetAfterHead) {
    const length = String(Buffer.byteLength(body) + 1000);
    response.writeHead(200, { ...fields, "Content-Type": JSON_TYPE, "Content-Length": length });
    response.write(action.truncate ? body : "", () => response.destroy());
    response.flushHeaders();
    return 200;
  }
  if (action.trailers) {
    response.writeHead(200, { ...fields, "Content-Type": JSON_TYPE, Trailer: "X-Elapsed" });
    response.write(body);
    response.addTrailers({ "X-Elapsed": "0.01" });
    response.end();
    return 200;
  }
  if (action.drip) return drip(writing, action.drip);
  return end(writing, 200, body, JSON_TYPE);
}

/** Past the server's own writing, since that would not let such bytes out. */
function raw({ response }: Writing, bytes: string, close: boolean): number {
  response.socket?.write(bytes);
  if (close) response.socket?.end();
  return 200;
}

function endless({ response, fields }: Writing): number {
  response.writeHead(200, { ...fields, "Content-Type": JSON_TYPE });
  const timer = setInterval(() => response.write("[".repeat(1000)), 20);
  response.on("close", () => clearInterval(timer));
  return 200;
}

function drip(
  { response, fields, body }: Writing,
  { bytes, everyMs }: NonNullable<Action["drip"]>,
): number {
  response.writeHead(200, { ...fields, "Content-Type": JSON_TYPE });
  const content = Buffer.from(body);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(content.subarray(sent, sent + bytes));
    sent += bytes;
    if (sent < content.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.on("close", () => clearInterval(timer));
  return 200;
}

function end(
  { response, fields }: Writing,
  status: number,
  ...[body, type]: [string, string]
): number {
  response.writeHead(status, { "Content-Type": type, ...fields });
  response.end(body);
  return status;
}
