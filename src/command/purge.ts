import { CommandFault, EXIT } from "../operate/exit.ts";
import { ask, doorOf } from "./admin-client.ts";
import { printJson, SHARED_OPTIONS, textOf, type Command, type Given } from "./command.ts";

const SUBJECTS = ["url", "prefix", "group"] as const;

/** Makes stored responses unusable, or stale. */
export const purge: Command = {
  name: "purge",
  usage: "purge (--url URL | --prefix PATH | --group NAME | --everything)",
  about: "Removes stored responses from all instances at once",
  options: {
    url: {
      type: "string",
      value: "URL",
      about: "whole, or its path below the mount; whatever its query",
    },
    prefix: { type: "string", value: "PATH", about: "a path below the mount, and all below it" },
    group: { type: "string", value: "NAME", about: "a group of the upstream's routes" },
    everything: { type: "boolean", about: "all that is stored of the upstream" },
    upstream: { type: "string", value: "NAME", about: "which one, where there are several" },
    soft: { type: "boolean", about: "not removed but stale: served while it is fetched anew" },
    ...SHARED_OPTIONS,
  },
  examples: [
    ["sluice purge --url /ticket/5", "one response, in all its variants"],
    ["sluice purge --prefix /ticket --soft", "all tickets are asked for anew, gently"],
    ["sluice purge --group tickets", "what the routes call tickets"],
    ["sluice purge --everything --upstream clientexec", "all of one upstream"],
  ],
  async run(given, around) {
    const asking = { method: "POST", path: "/purge", body: orderOf(given) } as const;
    const told = await ask(doorOf(given, around), asking, around);
    if (given.options["json"] === true) printJson(around, told);
    else around.out.write(`Purged (${String(told["kind"])}): ${String(told["covers"])}\n`);
    return EXIT.ok;
  },
};

function orderOf(given: Given): object {
  const { options } = given;
  const named = SUBJECTS.filter((subject) => options[subject] !== undefined);
  if (named.length + Number(options["everything"] === true) !== 1) {
    const text = "Say one of --url, --prefix, --group and --everything: sluice purge --help";
    throw new CommandFault("usage", text);
  }
  const [by] = named;
  const subject = by === undefined ? { everything: true } : { [by]: options[by] };
  const upstream = textOf(given, "upstream");
  return {
    ...subject,
    ...(upstream === undefined ? {} : { upstream }),
    ...(options["soft"] === true ? { soft: true } : {}),
  };
}
