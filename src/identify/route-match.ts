import type { Route, RoutePattern } from "../ports/settings.ts";

/** The first route that matches; `path` is canonical and below the mount. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): Route | undefined {
  return routes.find(({ match }) => matches(match, method, path));
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
