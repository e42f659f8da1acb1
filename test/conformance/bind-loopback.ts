import { Server } from "node:net";

/*
 * A preload for the suite's server, which listens on every address of the machine: it listens on loopback
 * alone instead.
 */

const listen = Reflect.get(Server.prototype, "listen") as (...args: unknown[]) => Server;

Reflect.set(Server.prototype, "listen", function onLoopback(this: Server, port: unknown): Server {
  return Reflect.apply(listen, this, [Number(port), "127.0.0.1"]);
});
