import { CommandFault, EXIT } from "../operate/exit.ts";
import { systemClock } from "../start/system-clock.ts";
import { ask, doorOf, type Door } from "./admin-client.ts";
import {
  printJson,
  SHARED_OPTIONS,
  textOf,
  type Command,
  type Given,
  type Surroundings,
} from "./command.ts";
import type { Told } from "./told.ts";

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
    ["sluice warm /ticket/5 /ticket/6", "two of them"],
    [
      "sluice warm $(cat urls.txt)",
      "a list of whole URLs, or of paths below the mount; a thousand at most",
    ],
  ],
  async run(given, around) {
    const door = doorOf(given, around);
    const list = await ask(door, { method: "POST", path: "/warm", body: orderOf(given) }, around);
    const told = await resultOf(door, String(list["id"]), around);
    if (given.options["json"] === true) printJson(around, told);
    else around.out.write(`${progressText(told)}\n`);
    return told["state"] === "finished" && told["failed"] === 0 ? EXIT.ok : EXIT.failure;
  },
};

function orderOf(given: Given): object {
  const { words: urls } = given;
  if (urls.length === 0) throw new CommandFault("usage", "Say what: sluice warm /ticket/5");
  const [consumer, upstream] = [textOf(given, "consumer"), textOf(given, "upstream")];
  return {
    urls,
    ...(consumer === undefined ? {} : { consumer }),
    ...(upstream === undefined ? {} : { upstream }),
  };
}

/** Shows how far a list is until it has ended. */
async function resultOf(door: Door, id: string, around: Surroundings): Promise<Told> {
  for (;;) {
    const told = await ask(door, { method: "GET", path: `/warm/${id}` }, around);
    if (told["state"] !== "waiting" && told["state"] !== "running") {
      if (around.err.isTTY === true) around.err.write("\r\u001B[K");
      return told;
    }
    showProgress(told, around);
    await systemClock.sleep(LOOK_MS, new AbortController().signal);
  }
}

function showProgress(told: Told, { err }: Surroundings): void {
  if (err.isTTY === true) err.write(`\r\u001B[K${progressText(told)}`);
}

function progressText({ done, skipped, failed, total }: Told): string {
  const [stored, passed, broken] = [Number(done), Number(skipped), Number(failed)];
  const ended = stored + passed + broken;
  const why = passed > 0 ? " (fresh already, or not to be stored)" : "";
  return `${ended} of ${String(total)}: ${stored} stored, ${passed} left out${why}, ${broken} failed`;
}
