import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fieldLines, withoutFields } from "../http/fields.ts";
import { writable } from "./own-fields.ts";
import { leaveUnread } from "./unread.ts";
import type { Answer } from "./answer.ts";

/** What became of writing an answer. */
export interface Written {
  readonly bodyBytes: number;
  readonly end: "complete" | "client-left" | "broken-off";
  /** What the upstream's body broke on. */
  readonly brokenBy?: unknown;
}

/** For whom an answer is written. */
export interface Reader {
  readonly method: string;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  /** One who takes nothing for so many milliseconds has left: its connection is closed. Absent: unbounded. */
  readonly stallMs?: number;
}

/**
 * Writes an answer to the raw response, so that status, reason, field lines and body pass as they are. A
 * body that breaks off breaks the connection, so that nobody takes the part for the whole.
 */
export async function writeAnswer(
  outgoing: ServerResponse,
  answer: Answer,
  reader: Reader,
): Promise<Written> {
  const { status, reason, body } = answer;
  if (reader.signal.aborted) {
    if (body instanceof Readable) body.destroy();
    outgoing.destroy();
    return { bodyBytes: 0, end: "client-left" };
  }
  if (reader.stallMs !== undefined) boundReading(outgoing, reader.stallMs);
  const bodyless = isBodyless(answer, reader);
  if (body instanceof Readable) {
    const fields = framed(answer, bodyless);
    writeHead(outgoing, { status, reason: phrase(reason), fields, dated: isDated(fields) });
    if (!bodyless) return stream(outgoing, { ...answer, body }, reader);
    leaveUnread(body);
    outgoing.end();
    return { bodyBytes: 0, end: "complete" };
  }
  const bodyBytes = writeReady(outgoing, readyAnswer({ ...answer, body }, reader), []);
  return { bodyBytes, end: "complete" };
}

/** One who takes nothing of the answer for so many milliseconds has left: its connection is closed. */
export function boundReading(outgoing: ServerResponse, stallMs: number): void {
  outgoing.setTimeout(stallMs, () => outgoing.destroy());
}

/** An answer that can be written again and again as it stands: its fields are checked, its length is told. */
export interface ReadyAnswer {
  readonly status: number;
  /** `undefined`: the standard phrase. */
  readonly reason: string | undefined;
  readonly fields: readonly string[];
  /** True: they have a Date, so that Node need not add one. */
  readonly dated: boolean;
  /** `null`: none is sent. */
  readonly body: Uint8Array | null;
}

/** Makes an answer whose body is at hand ready for requests of this method. */
export function readyAnswer(
  answer: Answer & { readonly body: Uint8Array | null },
  reader: Pick<Reader, "method">,
): ReadyAnswer {
  const { status, reason, body } = answer;
  const bodyless = isBodyless(answer, reader);
  const fields = framed(answer, bodyless);
  const head = { status, reason: phrase(reason), fields, dated: isDated(fields) };
  return { ...head, body: bodyless ? null : body };
}

/** Writes it with further fields, which are known to be `writable()`; tells the bytes of its body. */
export function writeReady(
  outgoing: ServerResponse,
  { body, ...head }: ReadyAnswer,
  more: readonly string[],
): number {
  writeHead(outgoing, { ...head, fields: [...head.fields, ...more] });
  if (body === null) outgoing.end();
  else outgoing.end(body);
  return body?.byteLength ?? 0;
}

function writeHead(
  outgoing: ServerResponse,
  { status, reason, fields, dated }: Omit<ReadyAnswer, "body">,
): void {
  outgoing.sendDate = !dated;
  outgoing.writeHead(status, reason, [...fields]);
}

function isDated(fields: readonly string[]): boolean {
  return fieldLines(fields, "date").length > 0;
}

function isBodyless({ status }: Answer, { method }: Pick<Reader, "method">): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

async function stream(
  outgoing: ServerResponse,
  { body, trailers }: Answer & { readonly body: Readable },
  { signal }: Reader,
): Promise<Written> {
  let bodyBytes = 0;
  body.on("data", (chunk: Buffer) => {
    bodyBytes += chunk.length;
  });
  try {
    await pipeline(body, outgoing, { end: false });
    const lines = writable(trailers?.() ?? []);
    if (lines.length > 0) outgoing.addTrailers(pairs(lines));
    outgoing.end();
    return { bodyBytes, end: "complete" };
  } catch (error) {
    outgoing.destroy();
    return signal.aborted
      ? { bodyBytes, end: "client-left" }
      : { bodyBytes, end: "broken-off", brokenBy: error };
  }
}

/** The reason where Node may write it (RFC 9112 section 4), else the standard phrase. */
function phrase(reason: string): string | undefined {
  return /^[\t\u0020-\u007E\u0080-\u00FF]+$/.test(reason) ? reason : undefined;
}

/** The fields with a Content-Length that is true, or none where the length is not known. */
function framed({ fields, body, status }: Answer, bodyless: boolean): string[] {
  const checked = writable(fields);
  if (status === 204) return withoutFields(checked, isLength);
  const unknown = status === 304 || body instanceof Readable || (bodyless && body === null);
  if (unknown) return checked;
  return [...withoutFields(checked, isLength), "Content-Length", String(body?.byteLength ?? 0)];
}

function isLength(lowerCaseName: string): boolean {
  return lowerCaseName === "content-length";
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    list.push([flat[index] ?? "", flat[index + 1] ?? ""]);
  }
  return list;
}
