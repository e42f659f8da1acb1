import { createServer, type Server, type ServerResponse } from "node:http";
import { lateListener } from "../edge/late-listener.ts";
import { probe, type Health, type ProbeAnswer } from "../operate/health.ts";
import type { Listener } from "../edge/hono-listener.ts";
import type { AdminParts } from "../operate/admin.ts";

/**
 * The server of the admin port, not yet listening. Probes are answered by what is there already; all else is loaded when
 * somebody first asks for it, since many an instance is never asked.
 */
export function createAdminServer(health: Health, load: () => Promise<Listener>): Server {
  const listener = lateListener(load);
  return createServer((incoming, outgoing) => {
    const url = incoming.method === "GET" ? URL.parse(incoming.url ?? "", "http://admin") : null;
    const told = url && probe(url, health);
    if (told) sendProbe(outgoing, told);
    else void listener(incoming, outgoing);
  });
}

/** Loads what answers on the admin port. */
export async function loadAdmin(parts: AdminParts): Promise<Listener> {
  const [{ createAdmin }, { getRequestListener }] = await Promise.all([
    import("../operate/admin.ts"),
    import("@hono/node-server"),
  ]);
  return getRequestListener(createAdmin(parts).fetch, { overrideGlobalObjects: false });
}

function sendProbe(outgoing: ServerResponse, { status, body }: ProbeAnswer): void {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  outgoing.end(text);
}
