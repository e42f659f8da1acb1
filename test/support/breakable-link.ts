import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/*
 * A link to a server on this machine that can be cut: whoever is given its port reaches the server by it.
 */

/** A TCP link. */
export interface BreakableLink extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing comes through either way, ends of connections neither; nobody is told. */
  cut(): void;
  /** What was held back is delivered late, and all goes on. */
  heal(): void;
}

/** Opens a link to a port of 127.0.0.1. */
export async function breakableLink(port: number): Promise<BreakableLink> {
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let isCut = false;
  const pass = (deliver: () => void): void => {
    if (isCut) held.push(deliver);
    else deliver();
  };
  const carry = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on("data", (chunk: Buffer) => pass(() => to.write(chunk)));
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      pass(() => to.destroy());
    });
  };
  const server = createServer((client) => {
    const behind = connect(port, "127.0.0.1");
    carry(client, behind);
    carry(behind, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
    },
    heal() {
      isCut = false;
      for (const deliver of held.splice(0)) deliver();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
