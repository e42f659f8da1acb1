import { Readable } from "node:stream";

/** A body that was read whole, or, where it is larger than the bound, one that is still to be read. */
export type Collected =
  | { readonly whole: true; readonly bytes: Uint8Array }
  | { readonly whole: false; readonly body: Readable };

/** Reads a body up to `mostBytes`. @throws the body's error where it is broken off. */
export async function collect(body: Readable, mostBytes: number): Promise<Collected> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const iterator: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false });
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) return { whole: true, bytes: Buffer.concat(chunks) };
    chunks.push(value);
    bytes += value.length;
    if (bytes > mostBytes) break;
  }
  await iterator.return?.();
  const rest = Readable.from(continued(chunks, body));
  // A generator that was never begun would leave its source open.
  rest.once("close", () => body.destroy());
  // The error is the reader's to see; of a HEAD, a refresh or a warm-up nobody reads the rest.
  rest.on("error", () => {});
  return { whole: false, body: rest };
}

async function* continued(chunks: readonly Buffer[], body: Readable): AsyncGenerator<Buffer> {
  yield* chunks;
  yield* body;
}
