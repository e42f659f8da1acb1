import type { Logger } from "pino";
import { nodeClock } from "../adapters/node-clock.ts";
import { createUndiciClient } from "../adapters/undici-client.ts";
import { Forwarder } from "../forward/forward.ts";
import { Line } from "../line.ts";
import { MirroredScheduler } from "../schedule/mirrored.ts";
import { watchPauses } from "../schedule/pause-watch.ts";
import { Scheduler, type SchedulerParts } from "../schedule/scheduler.ts";
import { Shadow } from "../schedule/shadow.ts";
import { shadowTermsOf, termsOf } from "../schedule/terms.ts";
import { openFeedback } from "./open-feedback.ts";
import type { Events } from "../observe/events.ts";
import type { Upstream } from "../ports/settings.ts";
import type { Stores } from "../ports/stores.ts";

/** What lines share, and the weights of all who may ever ask. */
export type LineStores = Pick<Stores, "ledger" | "slots" | "lessons"> & {
  readonly weights: () => number;
};

/** What a line is opened in. */
export interface LineWorld {
  readonly stores: LineStores;
  readonly events: Events;
  readonly log: Logger;
}

/** Builds the way out to one upstream: its scheduler over the store's ledger, its slots, its HTTP client. */
export function openLine(upstream: Upstream, { stores, events, log }: LineWorld): Line {
  const { name, concurrency, url, timeouts, ca, proxy } = upstream;
  const terms = termsOf(upstream);
  const ledger = watchPauses(stores.ledger(terms), (forMs) =>
    events.add({
      upstream: name,
      kind: forMs > 0 ? "pause-begins" : "pause-ends",
      words: forMs > 0 ? `${name} pauses for ${Math.ceil(forMs / 1000)} s` : `${name} goes on`,
    }),
  );
  const parts: SchedulerParts = {
    ledger,
    clock: nodeClock,
    terms,
    weights: stores.weights,
    onStore(state, error) {
      if (state === "back") log.info(`The ledger of ${name} is back`);
      else log.error({ err: error }, `The ledger of ${name} is out of reach: nothing is sent`);
    },
  };
  const shadow = openShadow(upstream, stores);
  const scheduler = shadow ? new MirroredScheduler(parts, shadow) : new Scheduler(parts);
  const optional = { ...(ca === undefined ? {} : { ca }), ...(proxy ? { proxy } : {}) };
  const client = createUndiciClient({ url, timeouts, connections: concurrency, ...optional });
  const forwarder = new Forwarder({ upstream, client, clock: nodeClock });
  const slots = stores.slots(terms);
  const feedback = openFeedback(upstream, { stores, events, ledger, terms, scheduler });
  const learning = feedback ? { feedback } : {};
  return new Line({ upstream, scheduler, slots, forwarder, client, clock: nodeClock, ...learning });
}

/** `undefined` where nothing is tried: then nothing is paid for it either. */
function openShadow(upstream: Upstream, stores: LineStores): Shadow | undefined {
  if (upstream.shadow === undefined) return undefined;
  const terms = shadowTermsOf(upstream, upstream.shadow);
  const weights = new Map(Object.entries(upstream.shadow.weights));
  return new Shadow({ ledger: stores.ledger(terms), clock: nodeClock, terms, weights });
}
