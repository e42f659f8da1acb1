import { decoded, isReadAs } from "./credential.ts";
import type { RequiredParameter, Route, RoutePattern } from "../ports/settings.ts";

/** A request as routes judge it. */
export interface Sought {
  readonly method: string;
  /** Canonical, below the mount. */
  readonly path: string;
  /** With its `?`; `""` where there is none. */
  readonly query: string;
}

/** The first route that matches. */
export function matchRoute(
  routes: readonly Route[],
  { method, path, query }: Sought,
): Route | undefined {
  return routes.find(
    ({ match }) => matches(match, method, path) && hasParameters(query, match.query ?? []),
  );
}

/**
 * True where the query has each parameter once and as required. A second one that the upstream may read as the same
 * could be the one that counts there, so it is then no match.
 */
function hasParameters(query: string, required: readonly RequiredParameter[]): boolean {
  if (required.length === 0) return true;
  const given = query
    .slice(1)
    .split("&")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return { name: decoded(name), value: decoded(value) };
    });
  return required.every(({ name, value }) => {
    const [only, ...more] = given.filter((one) => isReadAs(one.name, name));
    return more.length === 0 && only?.name === name && only.value === value;
  });
}

/** True where a pattern covers the request. A closing slash of the path makes no difference; GET covers HEAD. */
export function matches(pattern: RoutePattern, method: string, path: string): boolean {
  const asked = method === "HEAD" ? "GET" : method;
  if (pattern.methods.length > 0 && !pattern.methods.includes(asked)) {
    if (!pattern.methods.includes(method)) return false;
  }
  return matchesPath(segments(pattern.path), segments(path));
}

function matchesPath(wanted: readonly string[], given: readonly string[]): boolean {
  for (const [index, segment] of wanted.entries()) {
    // `/ticket/**` covers `/ticket` as well, so that a write to the list counts as one of its tickets.
    if (segment === "**") return true;
    const present = given[index];
    if (present === undefined) return false;
    if (segment !== "*" && !segment.startsWith(":") && segment !== present) return false;
  }
  return given.length === wanted.length;
}

function segments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}
