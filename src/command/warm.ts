import { CommandFault, EXIT } from "../operate/exit.ts";
import { systemClock } from "../start/system-clock.ts";
import { ask, doorOf } from "./admin-client.ts";
import { printJson, SHARED_OPTIONS, textOf, type Command, type Surroundings } from "./command.ts";
import type { Told } from "./admin-client.ts";

/** How often progress is asked for. */
const LOOK_MS = 500;

/** Stores responses before somebody needs them. */
export const warm: Command = {
  name: "warm",
  usage: "warm URL...",
  about: "Fetches URLs into the store, last in line, and shows how far it is",
  options: {
    consumer: { type: "string", value: "NAME", about: "in whose name they are asked for" },
    upstream: { type: "string", value: "NAME", about: "which one, where the path does not tell" },
    ...SHARED_OPTIONS,
  },
  examples: [
    ["sluice warm /api/ticket/5 /api/ticket/6", "two of them"],
    ["sluice warm $(cat urls.txt)", "a list, a thousand at most"],
  ],
  async run(given, around) {
    const { words: urls } = given;
    if (urls.length === 0) throw new CommandFault("usage", "Say what: sluice warm /api/ticket/5");
    const [consumer, upstream] = [textOf(given, "consumer"), textOf(given, "upstream")];
    const body = {
      urls,
      ...(consumer === undefined ? {} : { consumer }),
      ...(upstream === undefined ? {} : { upstream }),
    };
    const door = doorOf(given, around);
    let told = await ask(door, { method: "POST", path: "/warm", body }, around);
    const path = `/warm/${String(told["id"])}`;
    for (;;) {
      told = await ask(door, { method: "GET", path }, around);
      if (told["state"] !== "waiting" && told["state"] !== "running") break;
      showProgress(told, around);
      await systemClock.sleep(LOOK_MS, new AbortController().signal);
    }
    if (around.err.isTTY === true) around.err.write("\r\u001B[K");
    if (given.options["json"] === true) printJson(around, told);
    else around.out.write(`${progressText(told)}\n`);
    return told["state"] === "finished" && told["failed"] === 0 ? EXIT.ok : EXIT.failure;
  },
};

function showProgress(told: Told, { err }: Surroundings): void {
  if (err.isTTY === true) err.write(`\r\u001B[K${progressText(told)}`);
}

function progressText({ done, skipped, failed, total }: Told): string {
  const [stored, passed, broken] = [Number(done), Number(skipped), Number(failed)];
  const ended = stored + passed + broken;
  return `${ended} of ${String(total)}: ${stored} stored, ${passed} left out, ${broken} failed`;
}
