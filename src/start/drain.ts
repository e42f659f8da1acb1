import { once } from "node:events";
import type { Server } from "node:http";
import type { ServerType } from "@hono/node-server";
import type { Gateway } from "../gateway.ts";
import type { Line } from "../line.ts";
import type { Recorder } from "../observe/recorder.ts";
import type { Settlement } from "../observe/settlement.ts";
import type { Stores } from "../ports/stores.ts";
import type { Warming } from "../store/warm.ts";

/** What follows the last answer of a drain: the bytes still have to reach the client. */
const FAREWELL_MS = 1_000;

/** What ends with an instance. */
export interface Ending {
  readonly gateway: Gateway;
  readonly warming: Warming;
  readonly proxy: Server;
  readonly admin: ServerType;
  readonly lines: ReadonlyMap<string, Line>;
  readonly recorder: Recorder;
  readonly settlement: Settlement;
  readonly stores: Stores;
}

/** Takes no more, lets what waits finish within the bound, refuses the rest, closes everything. */
export async function drain(boundMs: number, ending: Ending): Promise<void> {
  const { gateway, warming, proxy, admin, lines, recorder, settlement, stores } = ending;
  gateway.drain();
  await warming.close();
  const closed = once(proxy, "close");
  proxy.close();
  const bound = AbortSignal.timeout(boundMs);
  // Also those whose bodies are still arriving, which no line knows of yet.
  await gateway.settled(bound);
  await Promise.all([...lines.values()].map((line) => line.close(bound)));
  proxy.closeIdleConnections();
  const farewell = setTimeout(() => proxy.closeAllConnections(), FAREWELL_MS);
  await closed;
  clearTimeout(farewell);
  admin.close();
  // The last answers are recorded after their connections have closed.
  await gateway.settled(AbortSignal.timeout(FAREWELL_MS));
  await settlement.close();
  await recorder.accounts.close();
  await stores.close();
}
