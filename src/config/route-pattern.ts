import type { RequiredParameter, RoutePattern } from "../ports/settings.ts";

const METHOD = /^[A-Z]+$/;
const SEGMENT = /^(?:\*\*|\*|:[A-Za-z]\w*|[^*:\s]+)$/;

/**
 * Reads `GET /ticket/:id`, `POST|PUT /ticket/**`, `* /x`, `/x` or `GET /api.php?call=getClients`. Returns the pattern,
 * or in words why it is none.
 */
export function parseRoutePattern(text: string): RoutePattern | string {
  const parts = text.trim().split(/\s+/);
  if (parts.length > 2) return "A route is a method and a path: GET /ticket/:id.";
  const [target = "", methods = "*"] = parts.toReversed();
  const [path = ""] = target.split("?", 1);
  const names = methods === "*" ? [] : methods.split("|");
  if (names.some((name) => !METHOD.test(name))) {
    return "Methods are upper case, joined by |: POST|PUT|DELETE.";
  }
  const odd = oddPath(path);
  if (odd !== undefined) return odd;
  const query = queryOf(target.slice(path.length));
  if (query === undefined) return "A query is name=value, joined by &: ?call=getClients.";
  return { methods: names, path, ...(query.length === 0 ? {} : { query }) };
}

/** In words why a path is none. */
function oddPath(path: string): string | undefined {
  if (!path.startsWith("/")) return "The path begins with a slash and is what follows the mount.";
  const segments = path.split("/").filter((segment) => segment !== "");
  if (segments.some((segment) => !SEGMENT.test(segment))) {
    return "A path segment is a word, :name, * or a closing **.";
  }
  return segments.slice(0, -1).includes("**") ? "** stands at the end of a path only." : undefined;
}

/** None where there is no query; `undefined` where it is none that could be required. */
function queryOf(text: string): readonly RequiredParameter[] | undefined {
  if (text === "") return [];
  const query = [...new URLSearchParams(text)].map(([name, value]) => ({ name, value }));
  const odd = query.some(({ name, value }) => name === "" || value === "");
  return odd || query.length === 0 ? undefined : query;
}
