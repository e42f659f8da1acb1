import type { Logger } from "pino";
import { nodeClock } from "../adapters/node-clock.ts";
import { createUndiciClient } from "../adapters/undici-client.ts";
import { Forwarder } from "../forward/forward.ts";
import { Line } from "../line.ts";
import { Scheduler } from "../schedule/scheduler.ts";
import { termsOf } from "../schedule/terms.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Upstream } from "../ports/settings.ts";
import type { Stores } from "../ports/stores.ts";
import type { Events } from "../observe/events.ts";
import { throttledWords } from "../operate/event-words.ts";

/** What the lines of an instance are built with. */
export interface LineSurroundings {
  readonly stores: Pick<Stores, "ledger" | "slots">;
  readonly log: Logger;
  readonly events: Pick<Events, "add">;
}

/** The ways out to all upstreams, and the ledgers that they stand in line at; both by upstream's name. */
export function openLines(
  upstreams: readonly Upstream[],
  around: LineSurroundings,
): { readonly lines: ReadonlyMap<string, Line>; readonly ledgers: ReadonlyMap<string, Ledger> } {
  const ledgers = new Map(
    upstreams.map((one) => [one.name, around.stores.ledger(termsOf(one))] as const),
  );
  const lines = new Map<string, Line>();
  for (const upstream of upstreams) {
    const ledger = ledgers.get(upstream.name);
    if (ledger) lines.set(upstream.name, openLine(upstream, { ...around, ledger }));
  }
  return { lines, ledgers };
}

/** Builds the way out to one upstream: its scheduler over a ledger, its slots, its HTTP client. */
function openLine(
  upstream: Upstream,
  { stores, ledger, log, events }: LineSurroundings & { readonly ledger: Ledger },
): Line {
  const { name, concurrency, url, timeouts, ca, proxy } = upstream;
  const terms = termsOf(upstream);
  const scheduler = new Scheduler({
    ledger,
    clock: nodeClock,
    terms,
    onStore(state, error) {
      const lost = `The ledger of ${name} is out of reach: nothing is sent`;
      const words = state === "back" ? `The ledger of ${name} is back` : lost;
      events.add({ kind: "store", words });
      if (state === "back") log.info(words);
      else log.error({ err: error }, words);
    },
  });
  const optional = { ...(ca === undefined ? {} : { ca }), ...(proxy ? { proxy } : {}) };
  const client = createUndiciClient({ url, timeouts, connections: concurrency, ...optional });
  const forwarder = new Forwarder({ upstream, client, clock: nodeClock });
  const slots = stores.slots(terms);
  return new Line({
    upstream,
    scheduler,
    slots,
    forwarder,
    client,
    clock: nodeClock,
    onThrottled: ({ route }, pausedMs) =>
      events.add({ kind: "throttled", words: throttledWords(route?.name, pausedMs) }),
  });
}
