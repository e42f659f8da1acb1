import type { z } from "zod";
import { kindOf, shown, type ConfigProblem } from "./problems.ts";

/** Turns what the schema found into problems for people; `document` is what was judged. */
export function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  document: unknown,
  under = "",
): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const keys = issue.path.map(String);
    const path = [under, ...keys].filter((part) => part !== "").join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey(path, key));
    }
    const value = at(document, keys);
    if (value === undefined) return [{ path, problem: "is missing", remedy: remedyOf(issue) }];
    return [{ path, ...judged(issue, path, value) }];
  });
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  object: "must be a mapping of settings",
  record: "must be a mapping of names",
  array: "must be a list",
};

/** Where a collection belongs, whatever stands instead could be one of its secrets. */
function judged(
  issue: z.core.$ZodIssue,
  path: string,
  value: unknown,
): Omit<ConfigProblem, "path"> {
  if (issue.code === "invalid_key") {
    return { problem: `is not a name: ${issue.issues[0]?.message ?? issue.message}` };
  }
  const collection = issue.code === "invalid_type" ? COLLECTIONS[issue.expected] : undefined;
  if (collection !== undefined) return { found: kindOf(value), problem: collection };
  return { ...shown(path, value), problem: issue.message };
}

function unknownKey(path: string, key: string): ConfigProblem {
  return {
    path: path === "" ? key : `${path}.${key}`,
    problem: "is not a setting here",
    remedy: "Look for its spelling and its place in config/sluice.yaml, which names every setting.",
  };
}

function remedyOf(issue: z.core.$ZodIssue): string {
  return issue.message.startsWith("Invalid input") ? "Add it." : `It ${issue.message}.`;
}

function at(document: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? Object.entries(value).find(([name]) => name === key)?.[1]
        : undefined,
    document,
  );
}
