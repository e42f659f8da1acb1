import { promisify } from "node:util";
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
} from "node:zlib";
import type { Transform } from "node:stream";
import type { Coding } from "../http/accept-encoding.ts";
import type { StoredResponse } from "../http/stored-response.ts";

/** A coding that changes bytes. */
export type Applied = Exclude<Coding, "identity">;

/** Up to this size coding takes under a millisecond, less than the way to another thread and back. */
const MOST_SYNC_BYTES = 65_536;

/** Fast levels: the next ones take twice the time and more for a few hundredths of the size. */
const GZIP = { level: 3 };
const BROTLI = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 4,
    // The window is memory that each stream under way takes: 256 kB instead of 4 MB.
    [constants.BROTLI_PARAM_LGWIN]: 18,
  },
};
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const CODERS = {
  gzip: {
    now: (body: Uint8Array) => gzipSync(body, GZIP),
    soon: promisify((body: Uint8Array, done: Done) => gzip(body, GZIP, done)),
    stream: () => createGzip({ ...GZIP, flush: constants.Z_SYNC_FLUSH }),
  },
  br: {
    now: (body: Uint8Array) => brotliCompressSync(body, BROTLI),
    soon: promisify((body: Uint8Array, done: Done) => brotliCompress(body, BROTLI, done)),
    stream: () => createBrotliCompress({ ...BROTLI, flush: constants.BROTLI_OPERATION_FLUSH }),
  },
  zstd: {
    now: (body: Uint8Array) => zstdCompressSync(body, ZSTD),
    soon: promisify((body: Uint8Array, done: Done) => zstdCompress(body, ZSTD, done)),
    stream: () => createZstdCompress({ ...ZSTD, flush: constants.ZSTD_e_flush }),
  },
} as const;

type Done = (error: Error | null, coded: Buffer) => void;

/** A body in a coding; a promise of it where it is large enough to leave the event loop to others meanwhile. */
export function encode(body: Uint8Array, coding: Applied): Uint8Array | Promise<Uint8Array> {
  const { now, soon } = CODERS[coding];
  return body.byteLength <= MOST_SYNC_BYTES ? now(body) : soon(body);
}

/** Codes a stream; what was written comes out at the end of each chunk, so that a slow body arrives as it comes. */
export function encoder(coding: Applied): Transform {
  return CODERS[coding].stream();
}

/**
 * Coded bodies live as long as the response that they were made of is held in memory: at most one a coding, so
 * that what a response holds at most is four times its own size.
 */
const made = new WeakMap<StoredResponse, Map<Applied, Uint8Array | Promise<Uint8Array>>>();

/** A stored body in a coding, made once. */
export function encodeStored(
  stored: StoredResponse,
  coding: Applied,
): Uint8Array | Promise<Uint8Array> {
  const codings = made.get(stored) ?? new Map<Applied, Uint8Array | Promise<Uint8Array>>();
  made.set(stored, codings);
  const known = codings.get(coding);
  if (known !== undefined) return known;
  const body = encode(stored.body, coding);
  codings.set(coding, body);
  if (body instanceof Promise) {
    body.then(
      (bytes) => codings.set(coding, bytes),
      // Whoever waits for it is told; the next one tries anew.
      () => codings.delete(coding),
    );
  }
  return body;
}
