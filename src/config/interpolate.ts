import type { ConfigProblem } from "./problems.ts";

/** A document after replacement, and what could not be replaced. */
export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

const REFERENCE = /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` inside the text scalars of a parsed document, so that no value of
 * a variable can change the document's shape. An empty variable counts as one that is not set.
 * `$${` is a literal `${`.
 */
export function interpolate(
  document: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): Interpolated {
  const problems: ConfigProblem[] = [];
  const replace = (text: string, path: string): string =>
    text.replaceAll(REFERENCE, (whole, name: string | undefined, fallback: string | undefined) => {
      if (whole === "$${") return "${";
      if (name === undefined) {
        // Left alone it would go out as a key, or come in as one.
        const problem = "has a ${ that begins no reference";
        const remedy = "Write ${NAME} or ${NAME:-default}; a literal ${ is written $${.";
        problems.push({ path, problem, remedy });
        return whole;
      }
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (value !== undefined && value !== "") return value;
      if (fallback !== undefined) return fallback;
      problems.push({
        path,
        problem: `needs the environment variable ${name}, which is not set`,
        remedy: `Set ${name}, or give a default: \${${name}:-default}.`,
      });
      return whole;
    });
  const visit = (value: unknown, path: string): unknown => {
    if (typeof value === "string") return replace(value, path);
    if (Array.isArray(value)) return value.map((item, index) => visit(item, join(path, index)));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, visit(item, join(path, key))]),
    );
  };
  return { value: visit(document, ""), problems };
}

function join(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}.${key}`;
}
