import type { ConfigError, ConfigProblem } from "./problems.ts";

/** All problems of a configuration as text for people, one block each. */
export function describeProblems({ file, problems }: ConfigError): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const blocks = [
    `${file} cannot be used: ${count}. Nothing was started.`,
    ...problems.map(describeProblem),
    ...(problems.some(lacksUpstream) ? [DEMO] : []),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** One problem as text for people: a line, and one each for what was found and the remedy. */
export function describeProblem({ path, found, problem, remedy }: ConfigProblem): string {
  return [
    `  ${path === "" ? "(the file)" : path}: ${problem}`,
    ...(found === undefined ? [] : [`      found:  ${found}`]),
    ...(remedy === undefined ? [] : [`      remedy: ${remedy}`]),
  ].join("\n");
}

const DEMO = "To see Sluice at work without an API of your own: npm run demo";

/** Whoever has no API to name yet is who wants to see the demo. */
function lacksUpstream({ path, found }: ConfigProblem): boolean {
  return found === undefined && (path === "upstreams" || /^upstreams\.[^.]+\.url$/.test(path));
}
