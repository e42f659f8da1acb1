import { EXIT } from "../operate/exit.ts";
import type { Command } from "./command.ts";

const MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, "done"],
  [EXIT.failure, "something unforeseen"],
  [EXIT.usage, "the command was not understood"],
  [EXIT.refused, "understood and refused"],
  [EXIT.unavailable, "no instance, or no store, answers"],
  [EXIT.forbidden, "the admin token is missing or wrong"],
  [EXIT.config, "the configuration cannot be used"],
];

/** What `sluice --help` says. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const codes = MEANINGS.map(([code, means]) => `  ${String(code).padStart(2)}  ${means}`);
  return [
    "Sluice: one shared endpoint for a metered API.",
    "",
    "Usage: sluice COMMAND [OPTIONS]      sluice COMMAND --help tells more, by example; sluice --version what runs",
    "",
    ...commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    "",
    "All but serve, check and completion ask a running instance on its admin port. They find it by --admin URL, else",
    "SLUICE_ADMIN_URL, else the configuration; its token by SLUICE_ADMIN_TOKEN, else the configuration.",
    "",
    "Exit codes:",
    ...codes,
    "",
  ].join("\n");
}

/** What `sluice COMMAND --help` says. */
export function helpOf({ usage, about, options, examples }: Command): string {
  const lines = Object.entries(options).map(
    ([name, { value }]) => `--${name}${value === undefined ? "" : ` ${value}`}`,
  );
  const width = Math.max(0, ...lines.map(({ length }) => length));
  const told = Object.values(options).map(({ about: what }, at) => {
    return `  ${(lines[at] ?? "").padEnd(width)}  ${what}`;
  });
  const taught = examples.flatMap(([line, does]) => [`  # ${does}`, `  ${line}`, ""]);
  return [
    `Usage: sluice ${usage}`,
    "",
    `${about}.`,
    "",
    ...(told.length > 0 ? ["Options:", ...told, ""] : []),
    "Examples:",
    ...taught,
  ].join("\n");
}
