import { CommandFault, EXIT } from "../operate/exit.ts";
import { ask, doorOf, type Asking } from "./admin-client.ts";
import { printJson, SHARED_OPTIONS, textOf, type Command, type Given } from "./command.ts";
import { table } from "./table.ts";
import { listOf, type Told } from "./told.ts";

const VERBS = ["list", "add", "rotate", "disable", "enable", "remove"] as const;
type Verb = (typeof VERBS)[number];

/** Consumers made at run time, and those of the file. */
export const consumer: Command = {
  name: "consumer",
  usage: "consumer add|rotate|list|disable|enable|remove [NAME]",
  about: "Gives services keys of their own and takes them back, on all instances",
  verbs: VERBS,
  options: {
    weight: { type: "string", value: "N", about: "add: its share relative to the others' (1)" },
    priority: { type: "string", value: "N", about: "add: urgency of its requests, 0 first (3)" },
    allow: {
      type: "string",
      value: "ROUTE",
      about: "add: what it may ask for; may be repeated (default: everything)",
      multiple: true,
    },
    "max-wait": { type: "string", value: "TIME", about: "add: bounds its wait, such as 10s" },
    overlap: { type: "string", value: "TIME", about: "rotate: the old key stays so long (24h)" },
    ...SHARED_OPTIONS,
  },
  examples: [
    ["sluice consumer add portal --weight 3 --allow 'GET /**'", "its key is shown this once"],
    ["KEY=$(sluice consumer add portal)", "the key alone is on standard output"],
    ["sluice consumer rotate portal --overlap 2h", "a new key; the old one for two hours yet"],
    ["sluice consumer rotate portal --overlap 0s", "after a leak: the old keys end at once"],
    ["sluice consumer disable portal", "its keys let nobody in until it is enabled"],
    ["sluice consumer list", "everybody, those of the file included"],
  ],
  async run(given, around) {
    const asking = askingOf(given);
    const told = await ask(doorOf(given, around), asking, around);
    if (given.options["json"] === true) printJson(around, told);
    else {
      const { result, remark } = said(given.words, told);
      around.out.write(result);
      around.err.write(remark);
    }
    return EXIT.ok;
  },
};

function askingOf(given: Given): Asking {
  const [word = "", name = "", ...more] = given.words;
  const verb = VERBS.find((known) => known === word);
  if (verb === undefined) {
    throw new CommandFault("usage", `Say one of ${VERBS.join(", ")}: sluice consumer --help`);
  }
  if (more.length > 0 || (verb !== "list" && name === "")) {
    throw new CommandFault("usage", `Say one name: sluice consumer ${verb} NAME`);
  }
  return orderOf(verb, name, given);
}

function orderOf(verb: Verb, name: string, given: Given): Asking {
  const path = `/consumers/${encodeURIComponent(name)}`;
  switch (verb) {
    case "list":
      return { method: "GET", path: "/consumers" };
    case "add":
      return { method: "POST", path: "/consumers", body: { name, ...termsOf(given) } };
    case "rotate": {
      const overlap = textOf(given, "overlap");
      const body = overlap === undefined ? {} : { overlap };
      return { method: "POST", path: `${path}/rotate`, body };
    }
    case "disable":
    case "enable":
      return { method: "PATCH", path, body: { enabled: verb === "enable" } };
    case "remove":
      return { method: "DELETE", path };
    default:
      return verb satisfies never;
  }
}

function termsOf(given: Given): object {
  const terms = {
    weight: textOf(given, "weight"),
    priority: textOf(given, "priority"),
    allow: given.options["allow"],
    maxWait: textOf(given, "max-wait"),
  };
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
}

/** A key goes to standard output alone, so that a script can take it. */
function said([verb, name]: readonly string[], told: Told): { result: string; remark: string } {
  if (verb === "list") return { result: listText(told), remark: "" };
  if (typeof told["key"] !== "string") return { result: `${name}: done\n`, remark: "" };
  const remark = `${name}'s key. It is kept nowhere and shown this once.\n`;
  return { result: `${told["key"]}\n`, remark };
}

function listText(told: Told): string {
  const consumers = listOf(told["consumers"]);
  if (consumers.length === 0) {
    return told["open"] === true ? "Nobody: the gateway is open to all.\n" : "Nobody.\n";
  }
  const rows = consumers.map((one) => [
    String(one["name"]),
    String(one["source"]),
    one["enabled"] === false ? "disabled" : "enabled",
    String(one["weight"]),
    String(one["priority"]),
    Array.isArray(one["allow"]) && one["allow"].length > 0 ? one["allow"].join(", ") : "everything",
  ]);
  return table(["name", "from", "state", "weight", "priority", "may ask for"], rows);
}
