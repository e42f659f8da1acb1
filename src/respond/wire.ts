import { STATUS_CODES } from "node:http";
import { eachField, fieldLines, type RawFields } from "../http/fields.ts";
import type { ReadyAnswer } from "./write.ts";

/*
 * A small answer as one text, so that head and body leave by one call of the system. It is what Node writes for the
 * same answer on a connection that stays open; a test holds one to the other.
 */

/** Larger bodies are written by Node, which does not copy them and waits for a client that reads slowly. */
const MOST_BYTES = 16_384;

/** What stands before and behind the fields that are said of one request alone; Latin-1, as Node writes heads. */
export interface Wire {
  readonly before: string;
  readonly behind: string;
}

/**
 * An answer as it is written on a connection that stays open for so long between two requests. `undefined` where Node
 * has to do it: the body is large, there is no Date, or it has a word of its own on the connection.
 */
export function wireOf(answer: ReadyAnswer, keepAliveMs: number): Wire | undefined {
  const { status, reason = STATUS_CODES[status] ?? "unknown", fields, body } = answer;
  const others = ["connection", "transfer-encoding"].flatMap((name) => fieldLines(fields, name));
  const large = body !== null && body.byteLength > MOST_BYTES;
  if (large || !answer.dated || others.length > 0) return undefined;
  const kept = [
    "Connection",
    "keep-alive",
    "Keep-Alive",
    `timeout=${Math.floor(keepAliveMs / 1000)}`,
  ];
  const text = body === null ? "" : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return {
    before: `HTTP/1.1 ${status} ${reason}\r\n${linesOf(fields)}`,
    behind: `${linesOf(kept)}\r\n${text.toString("latin1")}`,
  };
}

/** Field lines as they stand in a head. */
export function linesOf(fields: RawFields): string {
  let lines = "";
  for (const [name, value] of eachField(fields)) lines += `${name}: ${value}\r\n`;
  return lines;
}
