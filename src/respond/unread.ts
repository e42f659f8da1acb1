import { Readable } from "node:stream";

/** A small rest is read, so that its connection serves again; beyond so many bytes the connection is given up. */
const MOST_BYTES = 65_536;

/**
 * Lets go of a body that nobody reads, such as the one that a GET brings for a HEAD or for a refresh. Left alone it would hold its
 * connection and its place among the forwards for as long as it arrives.
 */
export function leaveUnread(body: Readable | Uint8Array | null): void {
  if (!(body instanceof Readable)) return;
  let bytes = 0;
  body.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) body.destroy();
  });
}
