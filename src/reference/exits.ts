import { EXIT } from "../operate/exit.ts";
import type { Page } from "./page.ts";

const meanings: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "It was stopped by SIGTERM or SIGINT, and drained.",
  failure:
    "Something else: a port that is taken, an option that does not exist, a stop that was not clean. The last lines say what.",
  usage: "The command line is wrong: an option or a command that does not exist, a word too many.",
  refused:
    "Understood and refused: no such group, for instance, or a file that cannot be used; the message says why.",
  forbidden: "The admin port wants another token, or none was sent.",
  unavailable: "A service that it needs does not answer at the start: Redis, or the store's file.",
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
