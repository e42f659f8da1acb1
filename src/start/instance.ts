import type { Logger } from "pino";
import { nodeClock } from "../adapters/node-clock.ts";
import { createProxyServer } from "../app.ts";
import { Explainer } from "../explain.ts";
import { Gateway } from "../gateway.ts";
import { groupName, pathName, prefixName } from "../lookup/cache-key.ts";
import { unitsAMinute } from "../observe/borrowed.ts";
import { Events } from "../observe/events.ts";
import { Metrics } from "../observe/metrics.ts";
import { Recorder } from "../observe/recorder.ts";
import { Settlement } from "../observe/settlement.ts";
import type { WrongKeysParts } from "../identify/wrong-keys.ts";
import { openConsumers } from "../operate/open-consumers.ts";
import { Reloading, type ReloadCause, type Reloaded } from "../operate/reloading.ts";
import { Invalidation } from "../store/invalidate.ts";
import { Purging } from "../store/purge.ts";
import { Warming } from "../store/warm.ts";
import { applierFor } from "./apply.ts";
import { drain } from "./drain.ts";
import { healthOf } from "./health.ts";
import { listen } from "./listen.ts";
import { Lines } from "./lines.ts";
import { quotaReports } from "./open-feedback.ts";
import { openForecasters } from "./open-forecasters.ts";
import { openStores } from "./open-stores.ts";
import { SecretsMask } from "./mask.ts";
import { buildOf, scrape } from "./metrics-state.ts";
import { MirroredScheduler } from "../schedule/mirrored.ts";
import { createAdminServer, loadAdmin } from "./open-admin.ts";
import { openDashboard } from "./open-dashboard.ts";
import { openTracing } from "./open-tracing.ts";
import { watchStores } from "./watch-stores.ts";
import type { AdminParts } from "../operate/admin.ts";
import type { Line } from "../line.ts";
import type { Counts } from "../observe/counts.ts";
import type { Settings } from "../ports/settings.ts";
import type { Stores } from "../ports/stores.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import type { Shadow } from "../schedule/shadow.ts";

/** An instance that listens. */
export interface Running {
  /** Where clients' base URLs begin, the mount excepted. */
  readonly url: string;
  readonly adminUrl: string;
  /** Counts and queues at present; what `/status` shows. */
  status(): Status;
  /** Takes a changed configuration over; what is under way ends on what it began with. */
  reload(cause: ReloadCause): Promise<Reloaded>;
  /** Takes no more, lets what waits finish within `drainMs`, refuses the rest, closes everything. Once. */
  stop(): Promise<void>;
}

/** What an instance does at present. */
export interface Status {
  readonly store: string;
  readonly draining: boolean;
  readonly total: Counts["total"];
  readonly consumers: Counts["consumers"];
  readonly upstreams: Readonly<Record<string, UpstreamStatus>>;
}

/** What an upstream's line does at present: each quota with the limit that is kept. */
type UpstreamStatus = Scheduler["load"] &
  Scheduler["outlook"] &
  Pick<Line, "circuit"> & { readonly limits: Readonly<Record<string, number>> };

/** Where an instance's settings come from. */
export interface Source {
  /** Reads them anew. @throws ConfigError */
  readonly load: () => Settings;
  /** Covers their secrets wherever the log is written. */
  readonly mask: SecretsMask;
  /** Of a worker: where its admin port listens instead of its address, which the first process has. */
  readonly adminSocket?: { readonly path: string } | undefined;
}

/**
 * Starts one instance; resolves when it listens. Without a source its settings stay as they are.
 * @throws StoreFault where the store does not answer, the error of `listen` where a port is taken.
 */
export async function start(settings: Settings, log: Logger, source?: Source): Promise<Running> {
  const { load, mask } = source ?? { load: () => settings, mask: new SecretsMask(settings) };
  const { events, opened, stores, ledgers, who, lines } = await openWays(settings, log);
  const metrics = new Metrics(buildOf(), [...lines.current.keys()]);
  const told = { log, store: stores.accounts, clock: nodeClock, metrics: metrics.exchanges };
  const recorder = new Recorder(told);
  const settlement = openSettlement(lines, opened);
  const path = {
    directory: who.directory,
    clock: nodeClock,
    store: stores.cache,
    invalidation: new Invalidation(stores.cache),
    lines: lines.current,
  };
  const gateway = new Gateway({
    ...path,
    settings,
    tracing: await openTracing(mask),
    leases: stores.leases,
    onBackground: (cost) => recorder.addBackground(cost),
    onRecord: (record, cause) => recorder.add(record, cause),
    onHits: (hits) => recorder.addHits(hits),
  });
  const status = (): Status => statusOf({ stores, gateway, recorder, lines });
  const proxy = createProxyServer(gateway, settings);
  const apply = applierFor({ mask, lines, who, gateway, proxy, log });
  const reloading = new Reloading({ load, settings, apply, log });
  const life = { started: false };
  const { host, token } = settings.admin;
  const seen = { settings, stores, ledgers, lines, gateway, recorder, who, events, log };
  const dashboard = openDashboard(seen);
  const warming = openWarming(gateway, log);
  const health = healthOf(life, status);
  const parts: AdminParts = {
    token,
    host,
    wrongTokens: wrongTokensOf(gateway),
    health,
    metrics: () => scrape(metrics, { gateway, stores, recorder, lines: lines.current, ledgers }),
    status: () => ({ ...status() }),
    known: who.known,
    consumers: who.desk,
    purging: new Purging(stores.cache, { pathName, prefixName, groupName }),
    warming,
    ...dashboard.parts,
    accounts: recorder.accounts,
    learned: { quotas: () => quotaReports(lines.current), events },
    forecasting: { forecasters: openForecasters(lines, opened), now: () => nodeClock.now() },
    shadows: () => shadowsOf(lines.current),
    explaining: {
      explainer: new Explainer({ ...path, draining: () => gateway.draining }),
      recent: recorder.recent,
      upstreams: () => reloading.settings.upstreams,
      mask,
    },
    ...(source ? { reload: () => reloading.reload("order") } : {}),
  };
  const admin = createAdminServer(health, () => loadAdmin(parts));
  const adminUrl = await listen(admin, source?.adminSocket ?? settings.admin);
  const url = await listen(proxy, settings.listen);
  life.started = true;
  const ending = { gateway, warming, dashboard, proxy, admin, lines, recorder, settlement, stores };
  let drained: Promise<void> | undefined;
  const stop = (): Promise<void> => (drained ??= drain(reloading.settings.drainMs, ending));
  return { url, adminUrl, status, reload: (cause) => reloading.reload(cause), stop };
}

/** The stores, who may ask, and the ways out to all upstreams. */
async function openWays(settings: Settings, log: Logger) {
  const opened = await openStores(settings.store, {
    onTrouble: (what, error) => log.warn(error === undefined ? {} : { err: error }, what),
  });
  const { stores, ledgers } = watchStores(opened);
  const who = await openConsumers(settings, stores.consumers, nodeClock);
  const shared = {
    ...stores,
    onLoss: settings.store.onLoss,
    weights: () => who.directory.weights,
  };
  const events = new Events({ log, clock: nodeClock });
  const lines = new Lines({ stores: shared, log, events });
  await lines.prepare(settings.upstreams);
  lines.use(settings.upstreams);
  return { events, opened, stores, ledgers, who, lines };
}

interface Seen {
  readonly stores: { readonly kind: Status["store"] };
  readonly gateway: Gateway;
  readonly recorder: Recorder;
  readonly lines: Lines;
}

function statusOf({ stores, gateway, recorder, lines }: Seen): Status {
  return {
    store: stores.kind,
    draining: gateway.draining,
    total: recorder.counts.total,
    consumers: recorder.counts.consumers,
    upstreams: loadsOf(lines.current),
  };
}

function loadsOf(lines: ReadonlyMap<string, Line>): Status["upstreams"] {
  const loads = [...lines].map(([name, { scheduler, quotas, circuit }]) => {
    const limits = Object.fromEntries(quotas.map((quota) => [quota.name, quota.limit]));
    return [name, { ...scheduler.load, ...scheduler.outlook, limits, circuit }] as const;
  });
  return Object.fromEntries(loads);
}

function wrongTokensOf(gateway: Gateway): WrongKeysParts {
  const most = (): number => gateway.settings.limits.wrongKeys;
  return { most, now: () => nodeClock.monotonic() };
}

function openSettlement(lines: Lines, { accounts }: Stores): Settlement {
  return new Settlement({
    store: accounts,
    clock: nodeClock,
    get upstreams() {
      // By the limits that are kept: what is learned is what there is to share.
      return [...lines.current].map(([name, { quotas }]) => {
        return { name, unitsAMinute: unitsAMinute(quotas) };
      });
    },
  });
}

function shadowsOf(lines: ReadonlyMap<string, Line>): ReadonlyMap<string, Shadow> {
  const shadows = new Map<string, Shadow>();
  for (const [name, { scheduler }] of lines) {
    if (scheduler instanceof MirroredScheduler) shadows.set(name, scheduler.shadow);
  }
  return shadows;
}

function openWarming(gateway: Gateway, log: Logger): Warming {
  return new Warming(
    (errand, signal) => gateway.warm(errand, signal),
    ({ target }, error) => {
      // Without the query: arguments may be anybody's password.
      log.warn({ path: target.split("?", 1)[0], err: error }, "A URL could not be warmed");
    },
  );
}
