import { PassThrough, Readable, type Writable } from "node:stream";
import { Problem } from "../http/problem.ts";
import { UpstreamFault } from "../ports/faults.ts";

/**
 * What a client sends: nothing, a body that was read to its end and can be sent again, or one that is
 * larger and can be sent once.
 */
export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | {
      readonly kind: "stream";
      readonly stream: Readable;
      /** From Content-Length; absent for a chunked one. */
      readonly declaredBytes: number | undefined;
      /** From now on, no piece of it may take longer than this: it holds a place among the forwards. */
      readonly hasten: (mostMs: number) => void;
    };

/** Bounds of one body, in bytes, and what its head says. */
export interface BodyTerms {
  readonly hasBody: boolean;
  readonly declaredBytes: number | undefined;
  /** Read to its end up to this size. */
  readonly replayBytes: number;
  /** Refused above this size. */
  readonly mostBytes: number;
}

/**
 * Reads up to `replayBytes` ahead, so that a small body waits in memory and a large one at the client.
 * @throws Problem (body-too-large), or the source's error where the client left.
 */
export async function readRequestBody(source: Readable, terms: BodyTerms): Promise<RequestBody> {
  if (!terms.hasBody) return { kind: "none" };
  if ((terms.declaredBytes ?? 0) > terms.mostBytes) throw tooLarge(terms.mostBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const iterator: AsyncIterator<Buffer> = source.iterator({ destroyOnReturn: false });
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) return { kind: "whole", bytes: Buffer.concat(chunks) };
    chunks.push(value);
    bytes += value.length;
    if (bytes > terms.mostBytes) throw tooLarge(terms.mostBytes);
    if (bytes > terms.replayBytes) break;
  }
  await iterator.return?.();
  const { declaredBytes, mostBytes } = terms;
  return { kind: "stream", ...continued(chunks, source, mostBytes), declaredBytes };
}

/** What was read ahead, then the rest as it comes, bounded. */
function continued(chunks: readonly Buffer[], source: Readable, mostBytes: number) {
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const joined = new PassThrough({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      timer?.refresh();
      if (bytes > mostBytes) done(tooLarge(mostBytes));
      else done(null, chunk);
    },
  });
  // Nobody may listen yet when the client breaks off.
  joined.on("error", () => {});
  for (const chunk of chunks) joined.write(chunk);
  source.on("error", (error) => joined.destroy(error));
  source.on("close", () => endOrDestroy(source, joined));
  source.pipe(joined);
  const hasten = (mostMs: number): void => {
    if (joined.writableEnded || joined.destroyed) return;
    timer = setTimeout(() => joined.destroy(stalled(joined, mostMs)), mostMs);
    joined.once("finish", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
  };
  return { stream: joined, hasten };
}

/** Whose fault it is shows in what has come and was not taken. */
function stalled(body: Readable, mostMs: number): Error {
  if (body.readableLength > 0)
    return new UpstreamFault("timeout", `It took no more of the request's body for ${mostMs} ms.`);
  return new Problem("body-stalled", {
    detail: `The request's body stood still for ${mostMs} ms (timeouts.body) when a part of it had been passed on. The upstream may have acted on that part: look before you send it again.`,
  });
}

/** A client that left in the middle must not look like one that finished. */
function endOrDestroy(source: Readable, joined: Writable): void {
  if (!source.readableEnded) joined.destroy(new Error("The client broke off its request."));
}

function tooLarge(mostBytes: number): Problem {
  const detail = `The request body is larger than the ${mostBytes} bytes that this gateway takes (limits.bodyBytes).`;
  return new Problem("body-too-large", { detail });
}
