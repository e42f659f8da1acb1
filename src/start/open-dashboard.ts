import type { Logger } from "pino";
import { nodeClock } from "../adapters/node-clock.ts";
import { Audit } from "../observe/audit.ts";
import { orderEvent } from "../operate/event-words.ts";
import { Feed } from "../operate/dashboard/feed.ts";
import type { Gateway } from "../gateway.ts";
import type { Recorder } from "../observe/recorder.ts";
import type { OpenConsumers } from "../operate/open-consumers.ts";
import type { Events } from "../observe/events.ts";
import type { AdminParts } from "../operate/admin.ts";
import type { ConsumerDesk } from "../operate/consumer-desk.ts";
import type { Shown } from "../operate/dashboard/dashboard-routes.ts";
import type { KnownConsumer } from "../operate/dashboard/snapshot.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Settings } from "../ports/settings.ts";
import type { Stores } from "../ports/stores.ts";
import type { Lines } from "./lines.ts";

/** What the dashboard of an instance looks at. */
export interface DashboardSurroundings {
  readonly settings: Settings;
  readonly stores: Stores;
  /** By upstream's name. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly lines: Lines;
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

/** Begins to follow each upstream; one that a reload adds is followed from the first look at it. */
export function openDashboard(around: DashboardSurroundings): OpenDashboard {
  const { settings, ledgers, lines, events, log } = around;
  const feeds = new Map<string, Feed>();
  const shown = (): Shown[] =>
    [...lines.current].flatMap(([name, { upstream }]) => {
      const feed = feeds.get(name) ?? openFeed(name, around);
      if (!feed) return [];
      feeds.set(name, feed);
      const groups = [...new Set(upstream.routes.flatMap((route) => route.groups))];
      return [{ name, groups, maxPauseMs: upstream.pause.maxMs, feed }];
    });
  shown();
  const audit = new Audit({
    log,
    clock: nodeClock,
    onEntry: (entry) => events.add(orderEvent(entry)),
  });
  return {
    parts: {
      shown,
      pausing(name) {
        const [ledger, line] = [ledgers.get(name), lines.current.get(name)];
        return ledger && line && { ledger, maxPauseMs: line.upstream.pause.maxMs };
      },
      audit,
      readToken: settings.admin.readToken ?? "",
      now: () => nodeClock.now(),
    },
    close() {
      for (const feed of feeds.values()) feed.close();
    },
  };
}

function openFeed(name: string, around: DashboardSurroundings): Feed | undefined {
  const { settings, stores, ledgers, lines, gateway, recorder, who, events } = around;
  const [ledger, terms] = [ledgers.get(name), lines.termsOf(name)];
  if (!ledger || !terms) return undefined;
  return new Feed({
    clock: nodeClock,
    terms,
    configured: () => lines.current.get(name)?.upstream.quotas ?? [],
    ledger,
    foresee: async (prospect) => lines.current.get(name)?.scheduler.foresee(prospect),
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
