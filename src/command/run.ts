import { parseArgs } from "node:util";
import { CommandFault, EXIT, exitCodeOf, startText } from "../operate/exit.ts";
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

/** All commands, in the order in which the help tells of them. */
export const COMMANDS: readonly Command[] = [...WORKING, completion(WORKING)];

/**
 * Carries one call of `sluice` out and resolves with the exit code. Results go to `out`, complaints to `err`: as JSON
 * where `--json` was given.
 */
export async function run(words: readonly string[], around: Surroundings): Promise<number> {
  const [first = ""] = words;
  try {
    if (first === "--help" || first === "-h" || first === "help") {
      around.out.write(words[1] === undefined ? overview(COMMANDS) : helpOf(named(words[1])));
      return EXIT.ok;
    }
    const command = first === "" || first.startsWith("-") ? serve : named(first);
    const given = readGiven(
      command,
      command === serve && first !== "serve" ? words : words.slice(1),
    );
    if (given.options["help"] === true) {
      around.out.write(helpOf(command));
      return EXIT.ok;
    }
    return await command.run(given, around);
  } catch (error) {
    const code = exitCodeOf(error);
    const text = startText(error);
    around.err.write(
      words.includes("--json") ? `${JSON.stringify({ error: text, exit: code })}\n` : `${text}\n`,
    );
    return code;
  }
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
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: "boolean", short: "h" } },
    allowPositionals: command !== serve,
  });
  return { words: positionals, options: values as Given["options"] };
}
