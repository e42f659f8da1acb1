import { once } from "node:events";
import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { nodeClock } from "../adapters/node-clock.ts";
import type { ServerType } from "@hono/node-server";
import type { Gateway } from "../gateway.ts";
import type { Lines } from "./lines.ts";
import type { Recorder } from "../observe/recorder.ts";
import type { Settlement } from "../observe/settlement.ts";
import type { Stores } from "../ports/stores.ts";
import type { Warming } from "../store/warm.ts";

/**
 * From the last exchange until connections that carry none are closed. Who sends on such a connection meanwhile is told
 * that nothing was taken; who sent while it was being closed would have to guess.
 */
const QUIET_MS = 100;

/** What follows the last answer of a drain: the bytes still have to reach the client. */
const FAREWELL_MS = 1_000;

/** What ends with an instance. */
export interface Ending {
  readonly gateway: Gateway;
  readonly warming: Warming;
  /** What streams on the admin port end with. */
  readonly dashboard: { close(): void };
  readonly proxy: Server;
  readonly admin: ServerType;
  readonly lines: Lines;
  readonly recorder: Recorder;
  readonly settlement: Settlement;
  readonly stores: Stores;
}

/** Takes no more, lets what waits finish within the bound, refuses the rest, closes everything. */
export async function drain(boundMs: number, ending: Ending): Promise<void> {
  const { gateway, warming, dashboard, proxy, admin, lines, recorder, settlement, stores } = ending;
  gateway.drain();
  await warming.close();
  const closed = once(proxy, "close");
  // That of the HTTP server would close idle connections at once, into the face of who is just sending on them.
  NetServer.prototype.close.call(proxy);
  const bound = AbortSignal.timeout(boundMs);
  // Also those whose bodies are still arriving, which no line knows of yet.
  await gateway.settled(bound);
  await lines.close(bound);
  await quiet(proxy);
  proxy.closeIdleConnections();
  const farewell = setTimeout(() => proxy.closeAllConnections(), FAREWELL_MS);
  await closed;
  clearTimeout(farewell);
  dashboard.close();
  admin.close();
  // The last answers are recorded after their connections have closed.
  await gateway.settled(AbortSignal.timeout(FAREWELL_MS));
  await settlement.close();
  await recorder.accounts.close();
  await stores.close();
}

/** Waits for those who hold a connection; where nobody does, not at all. */
async function quiet(proxy: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<number>();
  proxy.getConnections((_error, count) => resolve(count));
  if ((await promise) > 0) await nodeClock.sleep(QUIET_MS, new AbortController().signal);
}
