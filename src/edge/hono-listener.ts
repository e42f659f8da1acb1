import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";

/** What becomes of requests. */
export interface HonoEnds {
  /** Answers one on its raw objects. */
  readonly handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  /** Answers one that Hono cannot read, a Host that is none for instance. */
  readonly refuse: (error: unknown) => Response;
}

/** Takes a request of `node:http`. */
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<unknown>;

/** The listener of the proxy port: Hono, with the raw node objects handed through it. */
export function createHonoListener({ handle, refuse }: HonoEnds): Listener {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all("*", async ({ env: { incoming, outgoing } }) => {
    await handle(incoming, outgoing);
    return RESPONSE_ALREADY_SENT;
  });
  return getRequestListener(
    async (request, env) => {
      // Hono would build a Response of its own from what it is returned for HEAD.
      await app.fetch(request, env);
      return RESPONSE_ALREADY_SENT;
    },
    { overrideGlobalObjects: false, autoCleanupIncoming: false, errorHandler: refuse },
  );
}
