import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** What the API does at last with a request. */
export type Ending = "answer" | "fail" | "break";

interface Parked {
  /** The name of a write. */
  readonly write: string | undefined;
  readonly response: ServerResponse;
  /** The state that it saw or made; absent: it was not looked at yet. */
  version?: number;
}

/**
 * An API of one resource, a number that each write raises by one. Every request stands still twice, before it is
 * acted on and before it is answered, until the test lets it go on.
 */
export interface GatedApi extends AsyncDisposable {
  readonly url: string;
  readonly version: () => number;
  /** The state that the write with this name (`?w=NAME`) made; `undefined`: it has not acted. */
  readonly madeBy: (write: string) => number | undefined;
  /** Requests that wait to be acted on, and to be answered. */
  readonly waiting: () => { readonly act: number; readonly answer: number };
  /** Lets one of those that wait act on, or see, the resource. */
  act(pick: number): void;
  /** Lets one of those that acted be answered. */
  end(pick: number, ending: Ending): void;
}

/** Starts the API on loopback. */
export async function startGatedApi(): Promise<GatedApi> {
  let version = 0;
  let parked: Parked[] = [];
  const made = new Map<string, number>();
  const server = createServer((incoming, response) => {
    incoming.resume();
    const { searchParams } = new URL(incoming.url ?? "/", "http://api");
    const one = { write: searchParams.get("w") ?? undefined, response };
    parked.push(one);
    response.once("close", () => {
      parked = parked.filter((other) => other !== one);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const acted = (): Parked[] => parked.filter((one) => one.version !== undefined);
  const unacted = (): Parked[] => parked.filter((one) => one.version === undefined);
  return {
    url: `http://127.0.0.1:${port}`,
    version: () => version,
    madeBy: (write) => made.get(write),
    waiting: () => ({ act: unacted().length, answer: acted().length }),
    act(pick) {
      const one = picked(unacted(), pick);
      if (!one) return;
      if (one.write !== undefined) {
        version += 1;
        made.set(one.write, version);
      }
      one.version = version;
    },
    end(pick, ending) {
      const one = picked(acted(), pick);
      if (!one) return;
      parked = parked.filter((other) => other !== one);
      if (ending === "break") {
        one.response.destroy();
        return;
      }
      const fields = { "Content-Type": "application/json", "Cache-Control": "no-store" };
      one.response.writeHead(ending === "fail" ? 500 : 200, fields);
      one.response.end(JSON.stringify({ version: one.version }));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function picked<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % Math.max(1, items.length)];
}
