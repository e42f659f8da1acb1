import { parseArgs } from "node:util";
import { CommandFault, EXIT, exitCodeOf, isUsage, startText } from "../operate/exit.ts";
import { buildOf } from "../start/metrics-state.ts";
import { check } from "./check.ts";
import { completion } from "./completion.ts";
import { consumer } from "./consumer.ts";
import { explain } from "./explain.ts";
import { helpOf, overview } from "./help.ts";
import { purge } from "./purge.ts";
import { reload } from "./reload.ts";
import { serve } from "./serve.ts";
import { status } from "./status.ts";
import { warm } from "./warm.ts";
import type { Command, Given, Surroundings } from "./command.ts";

const WORKING: readonly Command[] = [serve, check, status, explain, purge, warm, consumer, reload];

const HELP = new Set(["--help", "-h", "help"]);

/** All commands, in the order in which the help tells of them. */
export const COMMANDS: readonly Command[] = [...WORKING, completion(WORKING)];

/**
 * Carries one call of `sluice` out and resolves with the exit code. Results go to `out`, complaints to `err`: as JSON
 * where `--json` was given.
 */
export async function run(words: readonly string[], around: Surroundings): Promise<number> {
  try {
    return await carryOut(words, around);
  } catch (error) {
    const code = exitCodeOf(error);
    const text = startText(error);
    const asJson = words.includes("--json");
    around.err.write(`${asJson ? JSON.stringify({ error: text, exit: code }) : text}\n`);
    return code;
  }
}

async function carryOut(words: readonly string[], around: Surroundings): Promise<number> {
  const [first = "", second] = words;
  if (HELP.has(first)) {
    around.out.write(second === undefined ? overview(COMMANDS) : helpOf(named(second)));
    return EXIT.ok;
  }
  if (first === "--version") {
    const { version, node } = buildOf();
    around.out.write(`sluice ${version}, node ${node}\n`);
    return EXIT.ok;
  }
  const unnamed = first === "" || first.startsWith("-");
  const command = unnamed ? serve : named(first);
  const given = readGiven(command, unnamed ? words : words.slice(1));
  if (given.options["help"] !== true) return command.run(given, around);
  around.out.write(helpOf(command));
  return EXIT.ok;
}

function named(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found) return found;
  const names = COMMANDS.map((command) => command.name).join(", ");
  throw new CommandFault("usage", `There is no command "${name}". Commands: ${names}.`);
}

function readGiven(command: Command, args: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple = false }]) => [
      name,
      { type, multiple },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: command !== serve,
    });
    return { words: positionals, options: values };
  } catch (error) {
    if (!isUsage(error)) throw error;
    // Its first sentence; what Node adds is about words that begin with a dash.
    const [complaint = ""] = error.message.split(". ");
    throw new CommandFault("usage", `${complaint}. What there is: sluice ${command.name} --help`);
  }
}
