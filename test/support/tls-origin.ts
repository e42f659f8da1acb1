import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { Authority, type Credentials } from "./certificates.ts";
import type { AddressInfo } from "node:net";
import type { RequestListener } from "node:http";

/*
 * An upstream behind TLS whose certificate can go bad while it runs, or which stops speaking TLS.
 */

/** How it meets those who connect. */
export type Manner = "good" | "expired" | "of-somebody-else" | "self-signed" | "no-tls" | "cut";

/** It, at work; closed with `await using`. */
export interface TlsOrigin extends AsyncDisposable {
  /** `https://localhost:<port>` */
  readonly url: string;
  readonly port: number;
  /** What clients are to trust, as PEM, and a file that holds it. */
  readonly ca: string;
  readonly caFile: string;
  /** From now on; connections that are there are closed. */
  become(manner: Manner): void;
  /** Connections taken so far. */
  connections(): number;
}

const HOST = "localhost";

/** Starts one with a good certificate. */
export async function startTlsOrigin(listener: RequestListener): Promise<TlsOrigin> {
  const authority = new Authority();
  const credentials = credentialsOf(authority);
  const folder = mkdtempSync(join(tmpdir(), "sluice-tls-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, authority.cert);
  const http = createHttpServer(listener);
  const sockets = new Set<Socket>();
  let [manner, connections] = ["good" as Manner, 0];
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    if (manner === "cut") return void socket.once("data", () => socket.destroy());
    if (manner === "no-tls") return void socket.end("220 ready for mail\r\n");
    const secure = new TLSSocket(socket, { isServer: true, ...credentials[manner] });
    secure.on("error", () => socket.destroy());
    return void http.emit("connection", secure);
  });
  const port = await listening(server);
  return {
    url: `https://${HOST}:${port}`,
    port,
    ca: authority.cert,
    caFile,
    connections: () => connections,
    become(next) {
      manner = next;
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      rmSync(folder, { recursive: true });
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function credentialsOf(
  authority: Authority,
): Record<Exclude<Manner, "no-tls" | "cut">, Credentials> {
  return {
    good: authority.issue({ host: HOST }),
    expired: authority.issue({ host: HOST, days: -1 }),
    "of-somebody-else": authority.issue({ host: "elsewhere.example" }),
    "self-signed": new Authority("Nobody knows it").issue({ host: HOST }),
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}
