import { EXIT } from "../operate/exit.ts";
import type { Page } from "./page.ts";

const meanings: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "The command did what it was asked for; an instance was stopped by SIGTERM or SIGINT, and drained.",
  failure:
    "Something else: a port that is taken, a stop that was not clean. The last lines say what.",
  usage: "The command was not understood: an option or an argument that does not exist.",
  refused: "The order was understood and refused: the answer says why.",
  unavailable:
    "What is needed does not answer: Redis or the store's file at the start, or the instance that a command asks.",
  forbidden: "The admin token is missing or wrong.",
  config: "The configuration cannot be used. Every problem is named with its path and a remedy.",
};

const codes: Readonly<Record<string, number>> = EXIT;

/** The reference of exit codes. */
export function exitsPage(): Page {
  return {
    file: "exit-codes.md",
    title: "Exit codes",
    intro:
      "With what the process ends, as in sysexits.h. A supervisor need not restart on 78: the same file fails again.",
    tables: [
      {
        columns: ["Code", "Means"],
        rows: Object.entries(meanings)
          .map(([name, meaning]) => [String(codes[name]), meaning])
          .toSorted(([a], [b]) => Number(a) - Number(b)),
      },
    ],
  };
}
