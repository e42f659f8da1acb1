import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { StoredResponse } from "../http/stored-response.ts";

/*
 * A stored response as bytes, the same in every store:
 *
 *   0  "SLR" and the version, 4 bytes
 *   4  CRC-32 over all that follows
 *   8  form of the body: 0 as it is, 1 zstd
 *   9  length of the head, 4 bytes
 *  13  length of the body as it was, 4 bytes
 *  17  the head: JSON, UTF-8
 *      the body, to the end
 *
 * Numbers are big-endian. Whatever is not exactly this is no record, and reading it is a miss: a record
 * that was cut, changed, or written by another version costs one request, never a wrong answer.
 */

const MARK = Buffer.from("SLR\u0002", "latin1");
const CHECKED_FROM = 8;
const HEAD_FROM = 17;
const PLAIN = 0;
const ZSTD = 1;

/** Bodies larger than this are compressed where that makes them smaller. */
const COMPRESS_FROM_BYTES = 1024;

/** The fastest level: about 2 ms for 1 MB of JSON, to a fifth; the event loop waits for it. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** No response is kept longer than this, in milliseconds (six days). */
export const MAX_KEEP_MS = 6 * 24 * 3_600_000;

/**
 * How long a generation is kept, in milliseconds (seven days). It must outlive every response that it made
 * invalid, one still under way at the bump included; else the token of a name that was never bumped would count
 * as current again.
 */
export const GENERATION_MS = 7 * 24 * 3_600_000;

/** Variants kept under one key; a further one takes the place of the oldest. */
export const MAX_VARIANTS = 32;

type Head = Omit<StoredResponse, "body">;

/** The record of a response. Its numbers must be finite. */
export function writeRecord(response: StoredResponse): Uint8Array {
  const { body, ...rest } = response;
  const head = Buffer.from(JSON.stringify(rest));
  const { form, bytes } = pack(body);
  const record = Buffer.alloc(HEAD_FROM + head.length + bytes.length);
  MARK.copy(record);
  record.writeUInt8(form, 8);
  record.writeUInt32BE(head.length, 9);
  record.writeUInt32BE(body.length, 13);
  head.copy(record, HEAD_FROM);
  record.set(bytes, HEAD_FROM + head.length);
  record.writeUInt32BE(crc32(record.subarray(CHECKED_FROM)), 4);
  return record;
}

/** The response of a record; `undefined` where the bytes are not a whole record of this version. */
export function readRecord(bytes: Uint8Array): StoredResponse | undefined {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (record.length < HEAD_FROM || !record.subarray(0, MARK.length).equals(MARK)) return undefined;
  if (record.readUInt32BE(4) !== crc32(record.subarray(CHECKED_FROM))) return undefined;
  const bodyFrom = HEAD_FROM + record.readUInt32BE(9);
  if (bodyFrom > record.length) return undefined;
  try {
    const head: unknown = JSON.parse(record.toString("utf8", HEAD_FROM, bodyFrom));
    const packed = record.subarray(bodyFrom);
    const body = unpack(packed, record.readUInt8(8), record.readUInt32BE(13));
    return isHead(head) && body ? { ...head, body } : undefined;
  } catch {
    return undefined;
  }
}

function pack(body: Uint8Array): { form: number; bytes: Uint8Array } {
  if (body.length > COMPRESS_FROM_BYTES) {
    const bytes = zstdCompressSync(body, COMPRESSION);
    if (bytes.length < body.length) return { form: ZSTD, bytes };
  }
  return { form: PLAIN, bytes: body };
}

/** The length bounds what a damaged body may grow to. */
function unpack(bytes: Uint8Array, form: number, length: number): Uint8Array | undefined {
  if (form !== PLAIN && form !== ZSTD) return undefined;
  if (form === PLAIN) {
    // Copied, since it would else keep the whole reply alive that it lies in.
    return bytes.length === length ? Uint8Array.from(bytes) : undefined;
  }
  const body = zstdDecompressSync(bytes, { maxOutputLength: length });
  return body.length === length
    ? new Uint8Array(body.buffer, body.byteOffset, body.length)
    : undefined;
}

const TEXTS = ["variant", "reason", "etag"] as const;
const NUMBERS = [
  "status",
  "requestedAt",
  "receivedAt",
  "lifetimeMs",
  "staleWhileRevalidateMs",
  "staleIfErrorMs",
] as const;

function isHead(value: unknown): value is Head {
  return (
    isObject(value) &&
    TEXTS.every((name) => typeof value[name] === "string") &&
    NUMBERS.every((name) => typeof value[name] === "number") &&
    typeof value["overridden"] === "boolean" &&
    isTexts(value["fields"]) &&
    isObject(value["selecting"]) &&
    isTexts(Object.values(value["selecting"])) &&
    isTriples(value["generations"])
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isTriples(value: unknown): boolean {
  return Array.isArray(value) && value.every((triple) => isTexts(triple) && triple.length === 3);
}
