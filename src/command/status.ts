import { EXIT } from "../operate/exit.ts";
import { systemClock } from "../start/system-clock.ts";
import { ask, doorOf } from "./admin-client.ts";
import { printJson, SHARED_OPTIONS, type Command } from "./command.ts";
import { statusView } from "./status-view.ts";

/** How often it is looked again. */
const LOOK_MS = 1000;

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
    const live = options["once"] !== true && options["json"] !== true && around.out.isTTY === true;
    for (;;) {
      const told = await ask(door, { method: "GET", path: "/status" }, around);
      if (options["json"] === true) printJson(around, told);
      else around.out.write(`${live ? REDRAW : ""}${statusView(told, door.url)}`);
      if (!live) return EXIT.ok;
      await systemClock.sleep(LOOK_MS, new AbortController().signal);
    }
  },
};
