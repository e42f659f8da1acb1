import type { Logger } from "pino";
import { nodeClock } from "../adapters/node-clock.ts";
import { createUndiciClient, type UndiciOptions } from "../adapters/undici-client.ts";
import { Forwarder } from "../forward/forward.ts";
import { LineGuard } from "../line-guard.ts";
import { Line, type LineParts } from "../line.ts";
import { ApartLedger } from "../schedule/apart-ledger.ts";
import { MirroredScheduler } from "../schedule/mirrored.ts";
import { watchPauses } from "../schedule/pause-watch.ts";
import { Scheduler, type SchedulerParts } from "../schedule/scheduler.ts";
import { Shadow } from "../schedule/shadow.ts";
import { changeTerms, shadowTermsOf, termsOf } from "../schedule/terms.ts";
import { learnTermsOf, openFeedback } from "./open-feedback.ts";
import type { Events } from "../observe/events.ts";
import type { Ledger, LedgerTerms } from "../ports/ledger.ts";
import type { Feedback } from "../schedule/feedback.ts";
import type { StoreChange } from "../schedule/turn-loop.ts";
import type { StoreSettings, Upstream } from "../ports/settings.ts";
import type { Slots } from "../ports/slots.ts";
import type { Stores } from "../ports/stores.ts";
import { storeWords, throttledWords } from "../operate/event-words.ts";
import type { UpstreamClient } from "../ports/upstream-client.ts";

/** The way out to one upstream, and the parts of it that outlive a change of the configuration. */
export interface OpenLine {
  readonly line: Line;
  readonly queue: Queue;
  readonly connections: Connections;
}

/** Where requests wait: the same for all lines to an upstream, so that a change takes nobody's place away. */
interface Queue {
  /** Changed in place. */
  readonly terms: LedgerTerms;
  readonly scheduler: Scheduler;
  readonly slots: Slots;
  readonly guard: LineGuard;
  readonly events: Events;
  readonly feedback: Feedback;
}

/** What is sent with: the same while its options are. */
interface Connections {
  readonly options: UndiciOptions;
  readonly client: UpstreamClient;
}

/** What lines share, the weights of all who may ever ask, and what an instance does without the store. */
export type LineStores = Pick<Stores, "kind" | "ledger" | "slots" | "lessons"> & {
  readonly weights: () => number;
  readonly onLoss: StoreSettings["onLoss"];
};

/** What all lines of an instance are opened with. */
export interface LinesParts {
  readonly stores: LineStores;
  readonly log: Logger;
  /** Told of what people should know. */
  readonly events: Events;
}

/** Builds the way out to one upstream: its scheduler over the store's ledger, its slots, its HTTP client. */
export function openLine(upstream: Upstream, { stores, log, events }: LinesParts): OpenLine {
  const { name } = upstream;
  // A file is not lost to some and there for others: where it fails, nothing is sent.
  const apart = stores.kind === "redis" && stores.onLoss === "share";
  const terms = { ...termsOf(upstream), apart };
  const store = stores.ledger(terms);
  const ledger = apart ? new ApartLedger({ store, clock: nodeClock, terms }) : store;
  const parts: SchedulerParts = {
    ledger: tellingOfPauses(ledger, name, events),
    clock: nodeClock,
    terms,
    weights: stores.weights,
    onStore: (change) => tellOfStore(change, name, { log, events }),
  };
  const shadow = openShadow(upstream, stores);
  const scheduler = shadow ? new MirroredScheduler(parts, shadow) : new Scheduler(parts);
  const guard = new LineGuard(upstream, {
    clock: nodeClock,
    onCircuit(state) {
      const fails = `The circuit of ${name} has opened: most forwards failed, so none is sent`;
      const words = state === "closed" ? `The circuit of ${name} is closed again` : fails;
      events.add({ kind: "circuit", words, upstream: name });
      if (state === "closed") log.info(words);
      else log.warn(words);
    },
  });
  const feedback = openFeedback(upstream, { stores, events, ledger: store, terms, scheduler });
  const queue = { terms, scheduler, slots: stores.slots(terms), guard, events, feedback };
  return lineOver(queue, connectionsTo(upstream), upstream);
}

/** The way out to an upstream as it is now, over the same queue. Nothing goes by it until `changeQueue`. */
export function changedLine({ queue, connections }: OpenLine, upstream: Upstream): OpenLine {
  const kept = isSame(connections.options, optionsOf(upstream));
  return lineOver(queue, kept ? connections : connectionsTo(upstream), upstream);
}

/** What waits goes by the line's terms from its next turn on, at the place where it stands. */
export function changeQueue({ queue, line: { upstream } }: OpenLine): void {
  changeTerms(queue.terms, upstream);
  queue.slots.resize(queue.terms);
  queue.guard.follow(upstream);
  queue.feedback.relearn(learnTermsOf(upstream));
}

/** True where two values of the configuration say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function lineOver(queue: Queue, connections: Connections, upstream: Upstream): OpenLine {
  const { scheduler, slots, guard, events } = queue;
  const { name } = upstream;
  const learning = upstream.learn.enabled ? { feedback: queue.feedback } : {};
  const { client } = connections;
  const forwarder = new Forwarder({ upstream, client, clock: nodeClock });
  const onThrottled: LineParts["onThrottled"] = ({ route }, pausedMs) =>
    events.add({ kind: "throttled", words: throttledWords(route?.name, pausedMs), upstream: name });
  const parts = { upstream, scheduler, slots, forwarder, client, guard, clock: nodeClock };
  return { line: new Line({ ...parts, ...learning, onThrottled }), queue, connections };
}

function connectionsTo(upstream: Upstream): Connections {
  const options = optionsOf(upstream);
  return { options, client: createUndiciClient(options) };
}

function optionsOf({ concurrency, url, timeouts, ca, proxy }: Upstream): UndiciOptions {
  const optional = { ...(ca === undefined ? {} : { ca }), ...(proxy ? { proxy } : {}) };
  return { url, timeouts, connections: concurrency, ...optional };
}

function tellingOfPauses(ledger: Ledger, name: string, events: Events): Ledger {
  return watchPauses(ledger, (forMs) =>
    events.tell({
      upstream: name,
      kind: forMs > 0 ? "pause-begins" : "pause-ends",
      words: forMs > 0 ? `${name} pauses for ${Math.ceil(forMs / 1000)} s` : `${name} goes on`,
    }),
  );
}

function tellOfStore(
  change: StoreChange,
  name: string,
  { log, events }: Pick<LinesParts, "log" | "events">,
): void {
  const words = storeWords(change, name);
  events.add({ kind: "store", words });
  if (change.kind === "back") log.info(words);
  else if (change.kind === "apart") log.warn(words);
  else log.error({ err: change.error }, words);
}

/** `undefined` where nothing is tried: then nothing is paid for it either. */
function openShadow(upstream: Upstream, stores: LineStores): Shadow | undefined {
  if (upstream.shadow === undefined) return undefined;
  const terms = shadowTermsOf(upstream, upstream.shadow);
  const weights = new Map(Object.entries(upstream.shadow.weights));
  return new Shadow({ ledger: stores.ledger(terms), clock: nodeClock, terms, weights });
}
