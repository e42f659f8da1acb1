import { once } from "node:events";
import type { Server } from "node:http";
import { parseArgs } from "node:util";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import type { Logger } from "pino";
import { nodeClock } from "./adapters/node-clock.ts";
import { redisPasswords } from "./adapters/redis/connect.ts";
import { openRedisStores } from "./adapters/redis/stores.ts";
import { openSqliteStores } from "./adapters/sqlite/stores.ts";
import { createUndiciClient } from "./adapters/undici-client.ts";
import { createProxyServer } from "./app.ts";
import { loadSettings } from "./config/load.ts";
import { Explainer } from "./explain.ts";
import { Forwarder } from "./forward/forward.ts";
import { secretsOf } from "./forward/inject-key.ts";
import { Mask } from "./forward/mask.ts";
import { Gateway } from "./gateway.ts";
import { Line } from "./line.ts";
import { groupName, pathName, prefixName } from "./lookup/cache-key.ts";
import { Audit } from "./observe/audit.ts";
import { createLog } from "./observe/log.ts";
import { Recorder } from "./observe/recorder.ts";
import { createAdmin } from "./operate/admin.ts";
import { EXIT, exitCodeOf, startText } from "./operate/exit.ts";
import { missingIn } from "./operate/missing.ts";
import { openConsumers } from "./operate/open-consumers.ts";
import { Scheduler } from "./schedule/scheduler.ts";
import { termsOf } from "./schedule/terms.ts";
import { Invalidation } from "./store/invalidate.ts";
import { Purging } from "./store/purge.ts";
import { Warming } from "./store/warm.ts";
import type { Counts } from "./observe/counts.ts";
import type { Settings, Upstream } from "./ports/settings.ts";
import type { Stores } from "./ports/stores.ts";

/** What follows the last answer of a drain: the bytes still have to reach the client. */
const FAREWELL_MS = 1_000;

/** An instance that listens. */
export interface Running {
  /** Where clients' base URLs begin, the mount excepted. */
  readonly url: string;
  readonly adminUrl: string;
  /** Counts and queues at present; what `/status` shows. */
  status(): Status;
  /** Takes no more, lets what waits finish within `drainMs`, refuses the rest, closes everything. Once. */
  stop(): Promise<void>;
}

/** What an instance does at present. */
export interface Status {
  readonly store: string;
  readonly draining: boolean;
  readonly total: Counts["total"];
  readonly consumers: Counts["consumers"];
  readonly upstreams: Readonly<Record<string, Scheduler["load"] & Scheduler["outlook"]>>;
}

/**
 * Starts one instance; resolves when it listens.
 * @throws StoreFault where the store does not answer, the error of `listen` where a port is taken.
 */
export async function start(settings: Settings, log: Logger): Promise<Running> {
  const open = settings.store.redis === "" ? openSqliteStores : openRedisStores;
  const stores = await open(settings.store, {
    onTrouble: (what, error) => log.warn(error === undefined ? {} : { err: error }, what),
  });
  const lines = new Map(settings.upstreams.map((one) => [one.name, openLine(one, stores, log)]));
  await Promise.all([...lines.values()].map(({ scheduler }) => scheduler.greet()));
  const recorder = new Recorder({ log, store: stores.accounts, clock: nodeClock });
  const who = await openConsumers(settings, stores.consumers, nodeClock);
  const path = {
    directory: who.directory,
    clock: nodeClock,
    store: stores.cache,
    invalidation: new Invalidation(stores.cache),
    lines,
  };
  const gateway = new Gateway({
    ...path,
    settings,
    leases: stores.leases,
    onBackground: (cost) => recorder.addBackground(cost),
    onRecord: (record, cause) => recorder.add(record, cause),
  });
  const status = (): Status => ({
    store: stores.kind,
    draining: gateway.draining,
    total: recorder.counts.total,
    consumers: recorder.counts.consumers,
    upstreams: loadsOf(lines),
  });
  const { host, port, token } = settings.admin;
  const warming = openWarming(gateway, log);
  const { fetch } = createAdmin({
    token,
    host,
    missing: () => missingIn(status()),
    status: () => ({ ...status() }),
    known: who.known,
    consumers: who.desk,
    purging: new Purging(stores.cache, { pathName, prefixName, groupName }),
    warming,
    audit: new Audit({ log, clock: nodeClock }),
    accounts: recorder.accounts,
    explaining: {
      explainer: new Explainer({ ...path, draining: () => gateway.draining }),
      recent: recorder.recent,
      upstreams: settings.upstreams,
      mask: maskOf(settings),
    },
  });
  const admin = createAdaptorServer({ fetch, overrideGlobalObjects: false });
  const proxy = createProxyServer(gateway, settings);
  const adminUrl = await listen(admin, host, port);
  const url = await listen(proxy, settings.listen.host, settings.listen.port);
  let drained: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (drained ??= drain(settings.drainMs, {
      gateway,
      warming,
      proxy,
      admin,
      lines,
      recorder,
      stores,
    }));
  return { url, adminUrl, status, stop };
}

/** What ends with an instance. */
interface Ending {
  readonly gateway: Gateway;
  readonly warming: Warming;
  readonly proxy: Server;
  readonly admin: ServerType;
  readonly lines: ReadonlyMap<string, Line>;
  readonly recorder: Recorder;
  readonly stores: Stores;
}

async function drain(boundMs: number, ending: Ending): Promise<void> {
  const { gateway, warming, proxy, admin, lines, recorder, stores } = ending;
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
  await recorder.accounts.close();
  await stores.close();
}

function loadsOf(lines: ReadonlyMap<string, Line>): Status["upstreams"] {
  const loads = [...lines].map(
    ([name, { scheduler }]) => [name, { ...scheduler.load, ...scheduler.outlook }] as const,
  );
  return Object.fromEntries(loads);
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

function openLine(upstream: Upstream, stores: Stores, log: Logger): Line {
  const { name, concurrency, url, timeouts, ca, proxy } = upstream;
  const terms = termsOf(upstream);
  const scheduler = new Scheduler({
    ledger: stores.ledger(terms),
    clock: nodeClock,
    terms,
    onStore(state, error) {
      if (state === "back") log.info(`The ledger of ${name} is back`);
      else log.error({ err: error }, `The ledger of ${name} is out of reach: nothing is sent`);
    },
  });
  const optional = { ...(ca === undefined ? {} : { ca }), ...(proxy ? { proxy } : {}) };
  const client = createUndiciClient({ url, timeouts, connections: concurrency, ...optional });
  const forwarder = new Forwarder({ upstream, client, clock: nodeClock });
  const slots = stores.slots(terms);
  return new Line({ upstream, scheduler, slots, forwarder, client, clock: nodeClock });
}

async function listen(server: ServerType | Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${name}:${address.port}`;
}

/** Overwrites every secret of the configuration. */
function maskOf({ upstreams, consumers, admin, store }: Settings): Mask {
  return new Mask([
    ...upstreams.flatMap(({ keys }) => secretsOf(keys)),
    ...consumers.map(({ key }) => key),
    admin.token,
    ...redisPasswords(store.redis),
  ]);
}

/** The process: reads the configuration, starts, and stops on a signal. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: "string", default: "config/sluice.yaml" } },
  });
  const settings = loadSettings({ file: values.config, environment: process.env });
  const mask = maskOf(settings);
  const log = createLog({ settings: settings.log, mask, out: process.stdout });
  const running = await start(settings, log);
  const mounts = settings.upstreams.map(({ mount }) => `${running.url}${mount}`);
  log.info({ baseUrls: mounts, admin: running.adminUrl }, "Sluice listens");
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal does what it does by default: it ends the process.
    process.removeAllListeners("SIGTERM").removeAllListeners("SIGINT");
    log.info({ signal }, "Sluice drains");
    running.stop().then(
      () => process.exit(EXIT.ok),
      (error: unknown) => {
        log.error({ err: error }, "Sluice did not stop cleanly");
        process.exit(EXIT.failure);
      },
    );
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`${startText(error)}\n`);
    process.exit(exitCodeOf(error));
  });
}
