import type { Logger } from "pino";
import { nodeClock } from "../adapters/node-clock.ts";
import { createUndiciClient } from "../adapters/undici-client.ts";
import { Forwarder } from "../forward/forward.ts";
import { Line } from "../line.ts";
import { Scheduler } from "../schedule/scheduler.ts";
import { termsOf } from "../schedule/terms.ts";
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

/** The ways out to all upstreams, by name. */
export function openLines(
  upstreams: readonly Upstream[],
  around: LineSurroundings,
): ReadonlyMap<string, Line> {
  return new Map(upstreams.map((one) => [one.name, openLine(one, around)]));
}

/** Builds the way out to one upstream: its scheduler over the store's ledger, its slots, its HTTP client. */
function openLine(upstream: Upstream, { stores, log, events }: LineSurroundings): Line {
  const { name, concurrency, url, timeouts, ca, proxy } = upstream;
  const terms = termsOf(upstream);
  const scheduler = new Scheduler({
    ledger: stores.ledger(terms),
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
