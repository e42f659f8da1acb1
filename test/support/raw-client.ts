import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What came back on a raw connection until it ended. */
export interface RawReply {
  /** All bytes as Latin-1. */
  readonly text: string;
  /** Final and interim status codes in order. */
  readonly statuses: readonly number[];
  /** False: it was still open when the time was over. */
  readonly closed: boolean;
}

/** A connection that has sent its bytes already; a lost connection is no error. */
export async function rawConnection(base: string, bytes: string | Buffer): Promise<Socket> {
  const { port, hostname } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  return socket;
}

/** Sends bytes and collects what comes until the other side closes, or `withinMs` is over. */
export async function sendRaw(
  base: string,
  bytes: string | Buffer,
  withinMs = 5000,
): Promise<RawReply> {
  const socket = await rawConnection(base, bytes);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  let closed = true;
  const timer = setTimeout(() => {
    closed = false;
    socket.destroy();
  }, withinMs);
  if (!socket.closed) await once(socket, "close");
  clearTimeout(timer);
  const text = Buffer.concat(chunks).toString("latin1");
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => Number(code));
  return { text, statuses, closed };
}
