import { once } from "node:events";
import type { Server } from "node:http";
import type { ServerType } from "@hono/node-server";

/** Listens, and tells the address as a URL without a path. @throws the error of `listen`, where a port is taken for instance. */
export async function listen(
  server: ServerType | Server,
  host: string,
  port: number,
): Promise<string> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${name}:${address.port}`;
}
