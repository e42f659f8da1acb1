import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A server of one test, closed with `await using`. */
export interface Origin extends AsyncDisposable {
  readonly url: URL;
  readonly port: number;
  /** Connections taken so far. */
  connections(): number;
}

/** Serves HTTP on a free loopback port. */
export async function httpOrigin(listener: RequestListener): Promise<Origin> {
  return listening(createHttpServer(listener));
}

/** Takes raw connections, to answer what no HTTP server would. */
export async function rawOrigin(onSocket: (socket: Socket) => void): Promise<Origin> {
  return listening(createServer(onSocket));
}

/** Answers each request with the same bytes, then closes the connection if asked to. */
export async function bytesOrigin(bytes: string, close = false): Promise<Origin> {
  return rawOrigin((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      socket.write(bytes, "latin1");
      if (close) socket.end();
    });
  });
}

async function listening(server: Server | NetServer): Promise<Origin> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** All of a body as text. */
export async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}
