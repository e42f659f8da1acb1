import { EXIT } from "../operate/exit.ts";
import { ask, doorOf } from "./admin-client.ts";
import { printJson, SHARED_OPTIONS, type Command } from "./command.ts";

/** Has an instance take its changed file over. */
export const reload: Command = {
  name: "reload",
  usage: "reload",
  about: "Has the instance take its changed configuration file over, or says why it cannot",
  options: SHARED_OPTIONS,
  examples: [
    ["sluice check && sluice reload", "look at the file, then take it over"],
    ["sluice reload --json", "which settings have changed, for programs"],
  ],
  async run(given, around) {
    const told = await ask(doorOf(given, around), { method: "POST", path: "/reload" }, around);
    if (given.options["json"] === true) printJson(around, told);
    else around.out.write(changeText(told["changed"]));
    return EXIT.ok;
  },
};

function changeText(changed: unknown): string {
  if (!Array.isArray(changed) || changed.length === 0)
    return "Nothing has changed: what the file says is in effect already.\n";
  return `Taken over:\n${changed.map((path) => `  ${String(path)}\n`).join("")}`;
}
