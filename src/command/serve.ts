import { readFile } from "node:fs/promises";
import { follow } from "../config/follow.ts";
import { loadSettings } from "../config/load.ts";
import { createLog } from "../observe/log.ts";
import { EXIT } from "../operate/exit.ts";
import { Crew, reportForDuty, workersSocket } from "../start/crew.ts";
import { SecretsMask } from "../start/mask.ts";
import { tellCrashesMasked } from "../start/crash.ts";
import { systemClock } from "../start/system-clock.ts";
import { fileOf, SHARED_OPTIONS, type Command, type Given, type Surroundings } from "./command.ts";
import type { Logger } from "pino";
import type { Running } from "../start/instance.ts";
import type { Settings } from "../ports/settings.ts";
import type { ReloadCause } from "../operate/reloading.ts";

/** How often the configuration file is looked at. */
const LOOK_MS = 1000;

/** Runs the gateway until a signal ends it. */
export const serve: Command = {
  name: "serve",
  usage: "serve",
  about: "Runs the gateway; what `sluice` does where no command is named",
  options: {
    config: SHARED_OPTIONS.config,
    "no-follow": {
      type: "boolean",
      about: "a changed file is taken over on SIGHUP or `sluice reload` alone",
    },
  },
  examples: [
    ["sluice --config sluice.yaml", "run; JSON lines go to standard output"],
    ["sluice check --config sluice.yaml && sluice --config sluice.yaml", "look before it starts"],
    ["kill -HUP PID", "take a changed file over now"],
    ["kill -TERM PID", "take nothing new, answer what waits, end with 0"],
  ],
  run: runGateway,
};

async function runGateway(given: Given, { environment }: Surroundings): Promise<number> {
  const file = fileOf(given);
  const load = () => loadSettings({ file, environment });
  const settings = load();
  const mask = new SecretsMask(settings);
  tellCrashesMasked(mask);
  const log = createLog({ settings: settings.log, mask, out: process.stdout });
  const adminSocket = workersSocket();
  if (adminSocket === undefined && settings.workers > 1) return lead(settings, log);
  // Not before: the first of several workers, and other commands, have no use for it.
  const { start } = await import("../start/instance.ts");
  const running = await start(settings, log, { load, mask, adminSocket });
  const reload = (cause: ReloadCause): void => {
    running.reload(cause).catch((error: unknown) => log.error({ err: error }, "The reload failed"));
  };
  const stopping = new AbortController();
  if (given.options["no-follow"] !== true) {
    const read = (): Promise<string | undefined> => readFile(file, "utf8").catch(() => undefined);
    const looked = { read, clock: systemClock, everyMs: LOOK_MS };
    void follow(looked, () => reload("file"), stopping.signal);
  }
  const stop = (): Promise<number> => {
    stopping.abort();
    return ended(running, (error) => log.error({ err: error }, "Sluice did not stop cleanly"));
  };
  if (adminSocket !== undefined) return obey(running.url, { reload, stop });
  tellAddresses(log, settings, running);
  process.on("SIGHUP", () => reload("signal"));
  return new Promise((resolve) => {
    onceStopped((signal) => {
      log.info({ signal }, "Sluice drains");
      resolve(stop());
    });
  });
}

/** Holds several workers, until a signal ends them or none stays alive. */
async function lead(settings: Settings, log: Logger): Promise<number> {
  const crew = new Crew(settings, log);
  onceStopped((signal) => {
    log.info({ signal }, "Sluice drains");
    crew.stop();
  });
  process.on("SIGHUP", () => crew.reload());
  const listening = await crew.begin();
  if (listening) tellAddresses(log, settings, listening);
  return process.exit(await crew.ended);
}

/** Does as the first process says, which alone heeds signals: a terminal sends them to the whole group. */
async function obey(
  url: string,
  { reload, stop }: { reload: (cause: ReloadCause) => void; stop: () => Promise<number> },
): Promise<number> {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  return new Promise((resolve) => {
    reportForDuty(url, ({ order }) => (order === "reload" ? reload("signal") : resolve(stop())));
  });
}

function tellAddresses(
  log: Logger,
  { upstreams }: Settings,
  at: Pick<Running, "url" | "adminUrl">,
): void {
  const mounts = upstreams.map(({ mount }) => `${at.url}${mount}`);
  log.info({ baseUrls: mounts, admin: at.adminUrl }, "Sluice listens");
}

function onceStopped(stop: (signal: NodeJS.Signals) => void): void {
  const once = (signal: NodeJS.Signals): void => {
    // A second signal does what it does by default: it ends the process.
    process.removeAllListeners("SIGTERM").removeAllListeners("SIGINT");
    stop(signal);
  };
  process.on("SIGTERM", once).on("SIGINT", once);
}

/** Stops, and ends the process at once: what a library has left open must not hold it. */
async function ended(running: Running, onTrouble: (error: unknown) => void): Promise<number> {
  try {
    await running.stop();
    return process.exit(EXIT.ok);
  } catch (error) {
    onTrouble(error);
    return process.exit(EXIT.failure);
  }
}
