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
  const bodyless = reader.method === "HEAD" || status === 204 || status === 304;
  if (reader.stallMs !== undefined) outgoing.setTimeout(reader.stallMs, () => outgoing.destroy());
  outgoing.sendDate = fieldLines(answer.fields, "date").length === 0;
  outgoing.writeHead(status, phrase(reason), framed(answer, bodyless));
  if (bodyless || body === null) {
    leaveUnread(body);
    outgoing.end();
    return { bodyBytes: 0, end: "complete" };
  }
  if (body instanceof Readable) return stream(outgoing, { ...answer, body }, reader);
  outgoing.end(body);
  return { bodyBytes: body.byteLength, end: "complete" };
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
