import { readFile } from "node:fs/promises";
import { follow } from "../config/follow.ts";
import { loadSettings } from "../config/load.ts";
import { createLog } from "../observe/log.ts";
import { EXIT } from "../operate/exit.ts";
import { start, type Running } from "../start/instance.ts";
import { SecretsMask } from "../start/mask.ts";
import { tellCrashesMasked } from "../start/crash.ts";
import { systemClock } from "../start/system-clock.ts";
import { fileOf, SHARED_OPTIONS, type Command, type Given, type Surroundings } from "./command.ts";
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
  const running = await start(settings, log, { load, mask });
  const mounts = settings.upstreams.map(({ mount }) => `${running.url}${mount}`);
  log.info({ baseUrls: mounts, admin: running.adminUrl }, "Sluice listens");
  const reload = (cause: ReloadCause): void => {
    running.reload(cause).catch((error: unknown) => log.error({ err: error }, "The reload failed"));
  };
  process.on("SIGHUP", () => reload("signal"));
  const stopping = new AbortController();
  if (given.options["no-follow"] !== true) {
    const read = (): Promise<string | undefined> => readFile(file, "utf8").catch(() => undefined);
    const looked = { read, clock: systemClock, everyMs: LOOK_MS };
    void follow(looked, () => reload("file"), stopping.signal);
  }
  return new Promise((resolve) => {
    onceStopped((signal) => {
      stopping.abort();
      log.info({ signal }, "Sluice drains");
      resolve(ended(running, (error) => log.error({ err: error }, "Sluice did not stop cleanly")));
    });
  });
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
