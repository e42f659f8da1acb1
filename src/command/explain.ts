import { CommandFault, EXIT } from "../operate/exit.ts";
import { ask, doorOf } from "./admin-client.ts";
import { printJson, SHARED_OPTIONS, textOf, type Command, type Given } from "./command.ts";

/** Tells what would become of a request. */
export const explain: Command = {
  name: "explain",
  usage: "explain METHOD PATH",
  about: "Says what would become of a request now, and why; nothing is sent or spent",
  options: {
    consumer: { type: "string", value: "NAME", about: "whose request it is (default: yours)" },
    upstream: { type: "string", value: "NAME", about: "which one, where the path does not tell" },
    field: {
      type: "string",
      value: "'NAME: VALUE'",
      about: "a field of the request; may be repeated",
      multiple: true,
    },
    ...SHARED_OPTIONS,
  },
  examples: [
    ["sluice explain GET /api/ticket/5", "is it stored; when would it leave"],
    ["sluice explain GET /api/invoice/7 --consumer reports", "with the share of reports"],
    ["sluice explain GET /api/invoice/7 --field 'Prefer: wait=1'", "if it may wait a second"],
    ["sluice explain PUT /api/ticket/5 --json", "all that is known, for programs"],
  ],
  async run(given, around) {
    const asking = { method: "POST", path: "/explain", body: orderOf(given) } as const;
    const told = await ask(doorOf(given, around), asking, around);
    if (given.options["json"] === true) printJson(around, told);
    else around.out.write(`${String(told["summary"])}\n`);
    return EXIT.ok;
  },
};

function orderOf(given: Given): object {
  const [method, url, ...more] = given.words;
  if (method === undefined || url === undefined || more.length > 0) {
    throw new CommandFault("usage", "Say a method and a path: sluice explain GET /api/ticket/5");
  }
  const named = ["consumer", "upstream"].flatMap((name) => {
    const value = textOf(given, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const lines = given.options["field"];
  const fields = Array.isArray(lines) ? { fields: fieldsOf(lines as readonly string[]) } : {};
  return { method: method.toUpperCase(), url, ...Object.fromEntries(named), ...fields };
}

function fieldsOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const fields = lines.map((line) => {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) return [name, value] as const;
    throw new CommandFault("usage", `"${line}" is no field: --field 'Prefer: wait=1'`);
  });
  return Object.fromEntries(fields);
}
