import type { QueryPolicy } from "../ports/settings.ts";

/*
 * What a route drops of a query is neither sent nor told apart, so that random parameters cannot reach a
 * metered API past what is stored. The key is made of what is sent.
 */

/**
 * The query as the upstream gets it. What is ignored, or not known where the route says what is, is dropped;
 * the rest stays byte for byte, in the order of its names where the route asks for that.
 * @param query With its `?`, or `""`.
 * @returns With its `?`, or `""` where nothing is left.
 */
export function outboundQuery(query: string, { known, ignored, sorted }: QueryPolicy): string {
  if (query === "") return "";
  const pairs = query
    .slice(1)
    .split("&")
    .map((pair) => ({ pair, name: nameOf(pair) }));
  const kept = pairs.filter(
    ({ name }) => (known === undefined || covers(known, name)) && !covers(ignored, name),
  );
  if (kept.length === 0) return "";
  const ordered = sorted ? kept.toSorted((a, b) => compare(a.name, b.name)) : kept;
  return `?${ordered.map(({ pair }) => pair).join("&")}`;
}

/** `filter` is `filter[state]` as well: one parameter to what reads brackets, and part of its name elsewhere. */
function covers(names: readonly string[], name: string): boolean {
  return names.includes(name) || names.includes(name.split("[", 1)[0] ?? "");
}

/** In the order of code units, which is the same everywhere. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function nameOf(pair: string): string {
  const name = (pair.split("=", 1)[0] ?? "").replaceAll("+", " ");
  try {
    return decodeURIComponent(name);
  } catch {
    // No UTF-8: as it is written, which no list of names has.
    return name;
  }
}
