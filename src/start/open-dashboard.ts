import type { Logger } from "pino";
import { nodeClock } from "../adapters/node-clock.ts";
import { Audit } from "../observe/audit.ts";
import { orderWords } from "../operate/event-words.ts";
import { Feed } from "../operate/dashboard/feed.ts";
import { termsOf } from "../schedule/terms.ts";
import type { Line } from "../line.ts";
import type { Gateway } from "../gateway.ts";
import type { Recorder } from "../observe/recorder.ts";
import type { OpenConsumers } from "../operate/open-consumers.ts";
import type { Events } from "../observe/events.ts";
import type { AdminParts } from "../operate/admin.ts";
import type { ConsumerDesk } from "../operate/consumer-desk.ts";
import type { Shown } from "../operate/dashboard/dashboard-routes.ts";
import type { KnownConsumer } from "../operate/dashboard/snapshot.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Settings, Upstream } from "../ports/settings.ts";
import type { Stores } from "../ports/stores.ts";

/** What the dashboard of an instance looks at. */
export interface DashboardSurroundings {
  readonly settings: Settings;
  readonly stores: Stores;
  /** By upstream's name, both. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly lines: ReadonlyMap<string, Line>;
  readonly gateway: Pick<Gateway, "draining">;
  readonly recorder: Pick<Recorder, "accounts">;
  readonly who: Pick<OpenConsumers, "desk">;
  readonly events: Events;
  readonly log: Logger;
}

/** The parts of the admin port that show and pause upstreams, and who may. */
export interface OpenDashboard {
  readonly parts: Pick<AdminParts, "shown" | "pausing" | "audit" | "readToken" | "now">;
  close(): void;
}

/** Begins to follow each upstream. */
export function openDashboard(around: DashboardSurroundings): OpenDashboard {
  const { settings, ledgers, events, log } = around;
  const shown: Shown[] = [];
  const feeds: Feed[] = [];
  for (const upstream of settings.upstreams) {
    const feed = openFeed(upstream, around);
    if (!feed) continue;
    feeds.push(feed);
    const groups = [...new Set(upstream.routes.flatMap((route) => route.groups))];
    shown.push({ name: upstream.name, groups, maxPauseMs: upstream.pause.maxMs, feed });
  }
  const pausing = settings.upstreams.flatMap(({ name, pause }) => {
    const ledger = ledgers.get(name);
    return ledger ? [[name, { ledger, maxPauseMs: pause.maxMs }] as const] : [];
  });
  const audit = new Audit({
    log,
    clock: nodeClock,
    onEntry: (entry) => events.add({ kind: "order", words: orderWords(entry) }),
  });
  return {
    parts: {
      shown,
      pausing: new Map(pausing),
      audit,
      readToken: settings.admin.readToken ?? "",
      now: () => nodeClock.now(),
    },
    close() {
      for (const feed of feeds) feed.close();
    },
  };
}

function openFeed(upstream: Upstream, around: DashboardSurroundings): Feed | undefined {
  const { settings, stores, ledgers, lines, gateway, recorder, who, events } = around;
  const [ledger, line] = [ledgers.get(upstream.name), lines.get(upstream.name)];
  if (!ledger || !line) return undefined;
  return new Feed({
    clock: nodeClock,
    terms: termsOf(upstream),
    ledger,
    foresee: (prospect) => line.scheduler.foresee(prospect),
    accounts: recorder.accounts,
    known: () => knownTo(who.desk),
    usage: () => stores.cache.usage(),
    maxBytes: settings.store.maxBytes,
    storeKind: stores.kind,
    draining: () => gateway.draining,
    events: () => events.recent,
  });
}

/** Where a name is in the file and in the store, the file's consumer counts. @throws StoreFault */
async function knownTo(desk: ConsumerDesk): Promise<KnownConsumer[]> {
  const { consumers } = await desk.list();
  const names = new Set(desk.founders.map(({ name }) => name));
  return [
    ...desk.founders.map(({ name, weight }) => ({ name, weight, enabled: true, inFile: true })),
    ...consumers
      .filter(({ name }) => !names.has(name))
      .map(({ name, weight, enabled }) => ({ name, weight, enabled, inFile: false })),
  ];
}
