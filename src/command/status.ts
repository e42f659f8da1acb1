import { CommandFault, EXIT } from "../operate/exit.ts";
import { systemClock } from "../start/system-clock.ts";
import { ask, doorOf, type Door } from "./admin-client.ts";
import { printJson, SHARED_OPTIONS, type Command, type Surroundings } from "./command.ts";
import { statusView } from "./status-view.ts";

/** How often it is looked again. */
const EVERY_MS = 1000;

const LOOK = { method: "GET", path: "/status" } as const;

/** From the top of the screen, and nothing left below. */
const REDRAW = "\u001B[H\u001B[J";

/** Shows what an instance does at present. */
export const status: Command = {
  name: "status",
  usage: "status",
  about: "Shows what the instance does, again each second; once where nobody watches",
  options: { once: { type: "boolean", about: "once, and end" }, ...SHARED_OPTIONS },
  examples: [
    ["sluice status", "watch; Ctrl-C ends it"],
    ["sluice status --once", "one look"],
    ["sluice status --json", "one look, for programs"],
    ["sluice status --admin http://10.0.0.7:8081", "another instance"],
  ],
  async run(given, around) {
    const door = doorOf(given, around);
    const { options } = given;
    const once = options["once"] === true || options["json"] === true || around.out.isTTY !== true;
    if (!once) return watch(door, around);
    const told = await ask(door, LOOK, around);
    if (options["json"] === true) printJson(around, told);
    else around.out.write(statusView(told, door.url));
    return EXIT.ok;
  },
};

/** Until the terminal ends it. An instance that is away for a moment, at a restart for instance, is waited for. */
async function watch(door: Door, around: Surroundings): Promise<number> {
  let seen = false;
  for (;;) {
    const text = await ask(door, LOOK, around).then(
      (told) => statusView(told, door.url),
      (error: unknown) => {
        if (seen && error instanceof CommandFault) return `${error.message}\n`;
        throw error;
      },
    );
    seen = true;
    around.out.write(`${REDRAW}${text}`);
    await systemClock.sleep(EVERY_MS, new AbortController().signal);
  }
}
