import { parseArgs } from "node:util";
import { loadSettings } from "./config/load.ts";
import { createLog } from "./observe/log.ts";
import { EXIT, exitCodeOf, startText } from "./operate/exit.ts";
import { start } from "./start/instance.ts";
import { maskOf } from "./start/mask.ts";

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
