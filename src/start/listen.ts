import { once } from "node:events";
import type { Server } from "node:http";
import type { ServerType } from "@hono/node-server";

/** An address, or a socket file that no other worker shares. */
type Where = { readonly host: string; readonly port: number } | { readonly path: string };

/** Listens, and tells the address as a URL without a path. @throws the error of `listen`, where a port is taken for instance. */
export async function listen(server: ServerType | Server, where: Where): Promise<string> {
  // Settings that come whole may hold more than an address.
  if ("path" in where) server.listen({ path: where.path, exclusive: true });
  else server.listen(where.port, where.host);
  await once(server, "listening");
  const address = server.address();
  if (address === null) throw new Error("The server has no port.");
  if (typeof address === "string") return `unix:${address}`;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${name}:${address.port}`;
}
