import type { ConfigError } from "./problems.ts";

/** All problems of a configuration as text for people, one block each. */
export function describeProblems({ file, problems }: ConfigError): string {
  const blocks = problems.map(({ path, found, problem, remedy }) =>
    [
      `  ${path === "" ? "(the file)" : path}: ${problem}`,
      ...(found === undefined ? [] : [`      found:  ${found}`]),
      ...(remedy === undefined ? [] : [`      remedy: ${remedy}`]),
    ].join("\n"),
  );
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${file} cannot be used: ${count}. Nothing was started.\n\n${blocks.join("\n\n")}\n\nTo see Sluice at work without an API of your own: npm run demo\n`;
}
